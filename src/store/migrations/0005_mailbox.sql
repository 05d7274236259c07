-- Folders of shared mailboxes and how each stands.
CREATE TABLE mail_folder (
    source        TEXT   NOT NULL,
    folder        TEXT   NOT NULL,
    uid_validity  BIGINT NOT NULL DEFAULT 0,
    trouble       TEXT   NOT NULL DEFAULT '',
    failing_since BIGINT,
    last_contact  BIGINT,
    last_message  BIGINT,
    messages      BIGINT NOT NULL DEFAULT 0,
    waiting       BIGINT NOT NULL DEFAULT 0,
    received      BIGINT NOT NULL DEFAULT 0,
    again         BIGINT NOT NULL DEFAULT 0,
    body_bytes    BIGINT NOT NULL DEFAULT 0,
    wire_bytes    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (source, folder)
);

-- Messages that were seen, one row each, the same message in two places twice. Keys are fingerprints: what a message
-- says is in no column.
CREATE TABLE mail_message (
    source       TEXT   NOT NULL,
    folder       TEXT   NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid          BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('received', 'done', 'held')),
    delivery_id  TEXT   REFERENCES delivery (id),
    message_key  TEXT   NOT NULL,
    body_key     TEXT   NOT NULL,
    size_bytes   BIGINT NOT NULL,
    arrived      BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (source, folder, uid_validity, uid),
    CHECK ((state = 'held') = (delivery_id IS NULL))
);
CREATE INDEX mail_message_key ON mail_message (message_key) WHERE message_key <> '';
CREATE INDEX mail_message_body ON mail_message (body_key) WHERE body_key <> '';
CREATE INDEX mail_message_delivery ON mail_message (delivery_id);
CREATE INDEX mail_message_open ON mail_message (source, folder, uid_validity) WHERE state <> 'done';

-- What needs people and is not theirs to see on the screens alone: one row while it lasts and until they know that it ended.
CREATE TABLE alarm (
    kind      TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    amount    BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    told_at   BIGINT,
    ended_at  BIGINT,
    PRIMARY KEY (kind, subject)
);

-- Mails to people: written with what they tell of in one transaction, sent later, never twice under two Message-IDs.
CREATE TABLE outbox (
    id          TEXT   NOT NULL PRIMARY KEY,
    recipient   TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('waiting', 'sent', 'gave_up')),
    attempt     BIGINT NOT NULL DEFAULT 0,
    run_at      BIGINT NOT NULL,
    lease_until BIGINT,
    last_error  TEXT   NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    sent_at     BIGINT
);
CREATE INDEX outbox_waiting ON outbox (run_at) WHERE state = 'waiting';

-- One row: when people were last written to, so that they are not written to again at once, whichever node does it.
CREATE TABLE outbox_pause (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    last_at BIGINT NOT NULL
);
INSERT INTO outbox_pause (id, last_at) VALUES (1, 0);
