-- What is inside a delivery (同封物), what is remarked on it, and the passwords that open it.
ALTER TABLE delivery ADD COLUMN remark TEXT CHECK (remark IN ('auto_reply', 'bounce', 'receipt', 'calendar', 'password_notice', 'nothing_to_read', 'wrong_password'));

-- The mail that a delivery is, and everything in it with what became of it.
CREATE TABLE content (
    delivery_id TEXT   NOT NULL PRIMARY KEY REFERENCES delivery (id),
    sender      TEXT,
    received_at BIGINT NOT NULL,
    contents    JSONB  NOT NULL
);
CREATE INDEX content_sender ON content (sender, received_at) WHERE sender IS NOT NULL;

-- What a mail may have told as the password of another file of the same sender; offered to staff for some days, then gone.
CREATE TABLE password_hint (
    delivery_id TEXT   NOT NULL REFERENCES delivery (id),
    ordinal     BIGINT NOT NULL,
    candidate   TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (delivery_id, ordinal)
);
CREATE INDEX password_hint_age ON password_hint (received_at);

-- A password that a person entered; gone as soon as it has been tried.
CREATE TABLE unlock (
    delivery_id TEXT   NOT NULL PRIMARY KEY REFERENCES delivery (id),
    password    TEXT   NOT NULL,
    entered_at  BIGINT NOT NULL
);

-- Other systems that may hand in deliveries; only the hash of a token is kept.
CREATE TABLE api_token (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL UNIQUE,
    token_hash   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT
);
