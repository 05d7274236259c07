-- Misdirected documents (誤送信): the clock of the report that the law on personal data asks for, and what became of the paper.
CREATE TABLE incident (
    document_id TEXT   NOT NULL PRIMARY KEY REFERENCES document (id),
    noticed_by  TEXT   NOT NULL REFERENCES account (id),
    noticed_at  BIGINT NOT NULL,
    closed_at   BIGINT
);
CREATE INDEX incident_open ON incident (noticed_at) WHERE closed_at IS NULL;

CREATE TABLE incident_step (
    document_id TEXT   NOT NULL REFERENCES incident (document_id),
    step        TEXT   NOT NULL CHECK (step IN ('sender_told', 'disposed', 'reported_first', 'reported_final', 'closed')),
    user_id     TEXT   NOT NULL REFERENCES account (id),
    at          BIGINT NOT NULL,
    note        TEXT   NOT NULL,
    PRIMARY KEY (document_id, step)
);
