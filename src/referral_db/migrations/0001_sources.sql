-- 紹介データベース (the referral database): one schema text for SQLite and PostgreSQL.
-- Published in docs/referral-database.md; a column is only ever added, never renamed.
-- Dates are YYYY-MM-DD; times are YYYY-MM-DDTHH:MM:SS+09:00 (always +09:00, so they sort as text).

CREATE TABLE institution (
    institution_id TEXT NOT NULL PRIMARY KEY,
    institution_code TEXT,
    name TEXT NOT NULL,
    kind TEXT,
    postal_code TEXT,
    address TEXT,
    phone TEXT,
    fax TEXT,
    registered BOOLEAN NOT NULL,
    first_recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX institution_by_code ON institution (institution_code);

CREATE TABLE doctor (
    doctor_id TEXT NOT NULL PRIMARY KEY,
    institution_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kana TEXT,
    department TEXT,
    registered_on TEXT,
    first_recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX doctor_by_institution ON doctor (institution_id);

CREATE TABLE patient (
    patient_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kana TEXT,
    sex TEXT CHECK (sex IN ('male', 'female', 'other')),
    birth_date TEXT CHECK (birth_date LIKE '____-__-__'),
    postal_code TEXT,
    address TEXT,
    phone TEXT,
    first_recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- The document that a record was confirmed from: exactly one row for each record.
CREATE TABLE source_document (
    document_id TEXT NOT NULL PRIMARY KEY,
    record_id TEXT NOT NULL UNIQUE,
    record_table TEXT NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    delivery_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    pages TEXT NOT NULL,
    page_count BIGINT NOT NULL,
    received_at TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('fax', 'email', 'scan', 'upload')),
    source_name TEXT,
    sender_number TEXT,
    approver TEXT NOT NULL,
    approver_name TEXT,
    approved_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX source_document_by_time ON source_document (received_at);
CREATE INDEX source_document_by_delivery ON source_document (delivery_id);

-- What a record said before a later confirmation replaced it.
CREATE TABLE record_history (
    document_id TEXT NOT NULL REFERENCES source_document (document_id),
    version BIGINT NOT NULL,
    record_id TEXT NOT NULL,
    record_table TEXT NOT NULL,
    kind TEXT NOT NULL,
    approver TEXT NOT NULL,
    approved_at TEXT NOT NULL,
    old_values TEXT NOT NULL,
    replaced_at TEXT NOT NULL,
    PRIMARY KEY (document_id, version)
);
