-- Thresholds that a manager set: from which confidence on a value that the program read may go unquestioned. One row for each
-- time that one was set or taken back; the newest of a field counts. Confidences are in millionths, and none is under what the
-- program ships with.
CREATE TABLE threshold (
    field      TEXT   NOT NULL,
    version    BIGINT NOT NULL CHECK (version > 0),
    set_at     BIGINT NOT NULL,
    set_by     TEXT   NOT NULL REFERENCES account (id),
    from_ppm   BIGINT NOT NULL CHECK (from_ppm BETWEEN 600000 AND 1000000),
    to_ppm     BIGINT NOT NULL CHECK (to_ppm BETWEEN 600000 AND 1000000),
    -- On what it rests: the accuracy that was wanted, and of how many values at or above it how many were right.
    wanted_ppm BIGINT,
    documents  BIGINT,
    correct    BIGINT,
    -- Which version it takes back.
    undoes     BIGINT,
    reason     TEXT   NOT NULL,
    PRIMARY KEY (field, version),
    CHECK ((undoes IS NULL) = (wanted_ppm IS NOT NULL AND documents IS NOT NULL AND correct IS NOT NULL))
);
CREATE INDEX threshold_at ON threshold (set_at);

-- Whom a provider of the hospital (OpenID Connect) signs in as which account. Made by an administrator, never by signing in.
CREATE TABLE openid_link (
    user_id   TEXT   NOT NULL PRIMARY KEY REFERENCES account (id),
    issuer    TEXT   NOT NULL,
    value     TEXT   NOT NULL,
    linked_at BIGINT NOT NULL,
    UNIQUE (issuer, value)
);

-- Whether a second factor was shown to the provider, where the configuration says that it counts.
ALTER TABLE session ADD COLUMN factor_elsewhere BOOLEAN NOT NULL DEFAULT FALSE;
