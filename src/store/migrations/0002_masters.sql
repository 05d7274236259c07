-- The masters (台帳): copies of the hospital's own lists, replaced by imports. A row that an import no longer brings is
-- marked inactive, never deleted: confirmed documents point to it.
-- The search_ columns hold what a person may type: without spaces, one shape for every variant of a character.

CREATE TABLE patient (
    patient_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kana TEXT NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('male', 'female', 'other', '')),
    birth_date TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    search_name TEXT NOT NULL,
    search_kana TEXT NOT NULL,
    search_digits TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    imported_at BIGINT NOT NULL
);
CREATE INDEX patient_birth ON patient (birth_date);

CREATE TABLE institution (
    institution_id TEXT NOT NULL PRIMARY KEY,
    institution_code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    fax TEXT NOT NULL,
    registered TEXT NOT NULL CHECK (registered IN ('0', '1', '')),
    search_name TEXT NOT NULL,
    search_kana TEXT NOT NULL,
    search_digits TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    imported_at BIGINT NOT NULL
);

CREATE TABLE doctor (
    doctor_id TEXT NOT NULL PRIMARY KEY,
    institution_id TEXT NOT NULL REFERENCES institution (institution_id),
    name TEXT NOT NULL,
    kana TEXT NOT NULL,
    department TEXT NOT NULL,
    registered_on TEXT NOT NULL,
    search_name TEXT NOT NULL,
    search_kana TEXT NOT NULL,
    search_digits TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    imported_at BIGINT NOT NULL
);
CREATE INDEX doctor_of ON doctor (institution_id);

-- One row; goes up with every import that changed something, so that readers know when to load the masters again.
CREATE TABLE masters_version (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO masters_version (id, version) VALUES (1, 0);

CREATE TABLE import_run (
    id TEXT NOT NULL PRIMARY KEY,
    master TEXT NOT NULL CHECK (master IN ('patients', 'institutions', 'doctors')),
    outcome TEXT NOT NULL CHECK (outcome IN ('applied', 'refused')),
    reason TEXT,
    fingerprint TEXT NOT NULL,
    forced BOOLEAN NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    warned BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX import_run_by_time ON import_run (at);
