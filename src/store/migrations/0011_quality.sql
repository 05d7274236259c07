-- Quality sampling (品質の抜き取り): every confirmed document is drawn for once, with the random number that decided it, so that
-- anybody can work out again why it came back and nobody can know it beforehand.
CREATE TABLE quality_draw (
    document_id   TEXT    NOT NULL PRIMARY KEY REFERENCES document (id),
    drawn_at      BIGINT  NOT NULL,
    random        BIGINT  NOT NULL,
    share_ppm     BIGINT  NOT NULL CHECK (share_ppm BETWEEN 0 AND 1000000),
    chosen        BOOLEAN NOT NULL,
    -- What the second person was compared with, and who it was.
    first_version BIGINT,
    first_user    TEXT    REFERENCES account (id),
    first_kind    TEXT,
    second_user   TEXT    REFERENCES account (id),
    second_at     BIGINT,
    differing     BIGINT  NOT NULL DEFAULT 0,
    settled_by    TEXT    REFERENCES account (id),
    settled_at    BIGINT,
    CHECK (second_user IS NULL OR chosen AND second_user <> first_user AND first_version IS NOT NULL AND second_at IS NOT NULL),
    CHECK (settled_by IS NULL OR second_user IS NOT NULL AND settled_by <> first_user AND settled_by <> second_user)
);
CREATE INDEX quality_draw_at ON quality_draw (drawn_at);
CREATE INDEX quality_draw_waiting ON quality_draw (drawn_at, document_id) WHERE chosen AND second_user IS NULL;
CREATE INDEX quality_draw_unsettled ON quality_draw (second_at, document_id) WHERE second_user IS NOT NULL AND settled_at IS NULL;
CREATE INDEX quality_draw_answered ON quality_draw (second_at, document_id) WHERE second_user IS NOT NULL;

-- What both said, item by item. `who_was_right` is the third person's word where they differ.
CREATE TABLE quality_item (
    document_id   TEXT NOT NULL REFERENCES quality_draw (document_id),
    item          TEXT NOT NULL,
    first_value   TEXT NOT NULL,
    second_value  TEXT NOT NULL,
    agreement     TEXT NOT NULL CHECK (agreement IN ('same', 'alike', 'differs')),
    who_was_right TEXT CHECK (who_was_right IN ('first', 'second', 'neither')),
    PRIMARY KEY (document_id, item),
    CHECK (who_was_right IS NULL OR agreement = 'differs')
);
