-- Tokens open only what they were made for, and may end by themselves. Those made before hand in, as they did.
ALTER TABLE api_token ADD COLUMN scopes TEXT NOT NULL DEFAULT '|deliveries:write|';
ALTER TABLE api_token ADD COLUMN expires_at BIGINT;

-- Other systems follow what was pushed by the number of its audit row, which is the order of the commits.
CREATE INDEX audit_pushed ON audit (seq) WHERE verb = 'document.pushed';
CREATE INDEX document_record ON document (record_id);

-- Systems that are told (Webhook), by the name in the configuration, and as far as which row of the audit log they were thought of.
-- What they are told of is that log: it is written with the thing itself, in one transaction, and in the order of the commits.
CREATE TABLE webhook (
    name TEXT   NOT NULL PRIMARY KEY,
    seq  BIGINT NOT NULL
);

-- What one of them is told, once for each row of the log, with ids and states alone.
CREATE TABLE webhook_letter (
    id          TEXT   NOT NULL PRIMARY KEY,
    hook        TEXT   NOT NULL REFERENCES webhook (name),
    seq         BIGINT NOT NULL,
    event       TEXT   NOT NULL,
    document_id TEXT   NOT NULL,
    record_id   TEXT,
    at          BIGINT NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('waiting', 'sent', 'gave_up')),
    attempt     BIGINT NOT NULL DEFAULT 0,
    run_at      BIGINT NOT NULL,
    lease_until BIGINT,
    last_error  TEXT   NOT NULL DEFAULT '',
    ended_at    BIGINT,
    UNIQUE (hook, seq)
);
CREATE INDEX webhook_letter_waiting ON webhook_letter (hook, seq) WHERE state = 'waiting';
CREATE INDEX webhook_letter_document ON webhook_letter (hook, document_id, seq) WHERE state = 'waiting';
CREATE INDEX webhook_letter_gave_up ON webhook_letter (ended_at) WHERE state = 'gave_up';
