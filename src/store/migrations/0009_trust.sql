-- Who may do what. Roles are a JSON list, because an account holds several; the words are those of `domain::Role`.
-- Who was an administrator keeps what it could do with documents, who was staff too.
ALTER TABLE account ADD COLUMN roles JSONB NOT NULL DEFAULT '[]';
UPDATE account SET roles = '["manager","administrator"]' WHERE role = 'admin';
UPDATE account SET roles = '["approver"]' WHERE role = 'staff';
ALTER TABLE account DROP COLUMN role;

-- Departments to which an account is limited; without a row it is not. Folded, as `document.departments` is.
CREATE TABLE account_department (
    user_id    TEXT NOT NULL REFERENCES account (id),
    department TEXT NOT NULL,
    PRIMARY KEY (user_id, department)
);

-- What of a document decides who may see it, beside its kind: whether it was meant for somebody else, and which
-- departments it is addressed to (folded, each between bars; NULL when none is named).
ALTER TABLE document ADD COLUMN misdirected BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE document ADD COLUMN departments TEXT;

-- A second factor: the secret is sealed with a key that is not in this database. `last_step` makes each code good for once.
CREATE TABLE second_factor (
    user_id      TEXT   NOT NULL PRIMARY KEY REFERENCES account (id),
    secret       TEXT   NOT NULL,
    confirmed_at BIGINT NOT NULL,
    last_step    BIGINT NOT NULL
);

-- Codes for whoever has lost the second factor; only hashes, each good for once.
CREATE TABLE recovery_code (
    user_id   TEXT   NOT NULL REFERENCES account (id),
    code_hash TEXT   NOT NULL,
    used_at   BIGINT,
    PRIMARY KEY (user_id, code_hash)
);

-- A browser says what it is, and is locked when nobody is in front of it.
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN locked BOOLEAN NOT NULL DEFAULT FALSE;

-- Which rows of the audit log name which patient, so that they are found; the log itself stays the proof.
CREATE TABLE audit_patient (
    patient_id TEXT   NOT NULL,
    seq        BIGINT NOT NULL REFERENCES audit (seq),
    PRIMARY KEY (patient_id, seq)
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, seq);
