-- The figures of quality, counted as they grow, by spans of ninety days (7,776,000,000 ms) from the epoch: the page that shows them all
-- adds up some hundred rows instead of every draw. What stands here can be counted again from the draws and their items.
-- Draws by when they were made.
CREATE TABLE quality_drawn (
    span      BIGINT NOT NULL PRIMARY KEY,
    confirmed BIGINT NOT NULL,
    chosen    BIGINT NOT NULL,
    answered  BIGINT NOT NULL,
    unsettled BIGINT NOT NULL
);
-- What two people said, by when it was read again; `who_was_right` is empty where nobody has said.
CREATE TABLE quality_said (
    span          BIGINT NOT NULL,
    kind          TEXT   NOT NULL,
    source        TEXT   NOT NULL,
    item          TEXT   NOT NULL,
    agreement     TEXT   NOT NULL,
    who_was_right TEXT   NOT NULL,
    n             BIGINT NOT NULL,
    PRIMARY KEY (span, kind, source, item, agreement, who_was_right)
);
INSERT INTO quality_drawn (span, confirmed, chosen, answered, unsettled)
    SELECT drawn_at / 7776000000, count(*), count(CASE WHEN chosen THEN 1 END), count(second_user),
           count(CASE WHEN second_user IS NOT NULL AND settled_at IS NULL THEN 1 END)
      FROM quality_draw GROUP BY drawn_at / 7776000000;
INSERT INTO quality_said (span, kind, source, item, agreement, who_was_right, n)
    SELECT q.second_at / 7776000000, q.first_kind, d.source, i.item, i.agreement, COALESCE(i.who_was_right, ''), count(*)
      FROM quality_item i JOIN quality_draw q ON q.document_id = i.document_id JOIN document d ON d.id = i.document_id
     GROUP BY q.second_at / 7776000000, q.first_kind, d.source, i.item, i.agreement, COALESCE(i.who_was_right, '');
