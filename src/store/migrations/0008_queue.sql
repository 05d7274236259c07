-- The queue: who is to do what, what people have kept as views of the list, and the index behind the search.

-- Whom a document was given to; a hold says who has it open, this says whose it is.
CREATE TABLE assignment (
    document_id TEXT   NOT NULL PRIMARY KEY REFERENCES document (id),
    user_id     TEXT   NOT NULL REFERENCES account (id),
    given_by    TEXT   NOT NULL REFERENCES account (id),
    given_at    BIGINT NOT NULL
);
CREATE INDEX assignment_user ON assignment (user_id, document_id);
CREATE INDEX hold_user ON hold (user_id, document_id);

-- Lists that somebody keeps under a name: the filter as an address says it, and what was searched for, which no address may say.
CREATE TABLE saved_view (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES account (id),
    name       TEXT    NOT NULL,
    query      TEXT    NOT NULL,
    search     TEXT    NOT NULL,
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT  NOT NULL,
    UNIQUE (user_id, name)
);

-- `no` numbers documents for the index of character pairs (index/*.sql), which takes whole numbers only; newer is higher.
ALTER TABLE document_search ADD COLUMN no BIGINT;
CREATE UNIQUE INDEX document_search_no ON document_search (no);

-- Everything that a list of a growing tray is filtered and counted by, so that its 10,000 newest are read without their rows.
DROP INDEX document_done;
CREATE INDEX document_newest ON document
    (tray, updated_at, id, kind, source, decision, channel, received_at, due_at, alert_count);
CREATE INDEX document_received ON document (tray, received_at, id);
CREATE INDEX document_approved ON document (approved_at) WHERE approved_at IS NOT NULL;
