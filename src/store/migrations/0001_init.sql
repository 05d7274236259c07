-- Uketsuke's own tables, one text for SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION, JSONB only.
-- Ids are UUIDv7 text, times are milliseconds since the epoch, bytes lie in files/ under their fingerprint.
-- The word lists of the CHECKs are compared with the Rust enums by a test.

-- What arrived. (source, object) makes receiving idempotent; nothing is ever deleted.
CREATE TABLE delivery (
    id           TEXT    NOT NULL PRIMARY KEY,
    source       TEXT    NOT NULL,
    channel      TEXT    NOT NULL CHECK (channel IN ('fax', 'email', 'scan', 'upload')),
    object       TEXT    NOT NULL,
    file_name    TEXT    NOT NULL,
    fax          JSONB   NOT NULL,
    fingerprint  TEXT    NOT NULL,
    size_bytes   BIGINT  NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('received', 'reading', 'read', 'held', 'unreadable')),
    trouble      TEXT    CHECK (trouble IN ('empty_file', 'unsupported_format', 'damaged', 'encrypted', 'too_large', 'timed_out', 'worker_crashed')),
    duplicate_of TEXT    REFERENCES delivery (id),
    page_count   BIGINT  NOT NULL DEFAULT 0,
    received_at  BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    UNIQUE (source, object)
);
CREATE INDEX delivery_fingerprint ON delivery (fingerprint, received_at);
CREATE INDEX delivery_received ON delivery (received_at, id);
CREATE INDEX delivery_state ON delivery (state, received_at);
CREATE INDEX delivery_trouble ON delivery (received_at, id) WHERE trouble IS NOT NULL;

-- Files that a sender is still writing (送信中); gone when they are received or vanish.
CREATE TABLE incoming (
    source       TEXT    NOT NULL,
    path_key     TEXT    NOT NULL,
    display_name TEXT    NOT NULL,
    size_bytes   BIGINT  NOT NULL,
    first_seen   BIGINT  NOT NULL,
    last_seen    BIGINT  NOT NULL,
    changed_at   BIGINT  NOT NULL,
    alerted      BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (source, path_key)
);

-- Pages of a delivery. `decoded` is the image as decoded, `image` the upright one that the boxes of `page_text` refer to.
CREATE TABLE page (
    delivery_id TEXT   NOT NULL REFERENCES delivery (id),
    no          BIGINT NOT NULL CHECK (no > 0),
    part        BIGINT NOT NULL CHECK (part > 0),
    decoded     TEXT   NOT NULL,
    image       TEXT   NOT NULL,
    width_px    BIGINT NOT NULL,
    height_px   BIGINT NOT NULL,
    page_text   JSONB,
    PRIMARY KEY (delivery_id, no)
);
CREATE INDEX page_unread ON page (delivery_id, no) WHERE page_text IS NULL;

-- What staff confirm. The wide columns come last, so that lists never read them.
CREATE TABLE document (
    id               TEXT    NOT NULL PRIMARY KEY,
    delivery_id      TEXT    NOT NULL REFERENCES delivery (id),
    ordinal          BIGINT  NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('proposed', 'in_review', 'approved', 'pushed', 'set_aside', 'inquiry')),
    tray             TEXT    NOT NULL CHECK (tray IN ('open', 'inquiry', 'set_aside', 'confirmed', 'pushed')),
    version          BIGINT  NOT NULL,
    kind             TEXT    NOT NULL,
    kind_confidence  DOUBLE PRECISION NOT NULL,
    decision         TEXT    NOT NULL CHECK (decision IN ('ready', 'review', 'unreadable')),
    source           TEXT    NOT NULL,
    channel          TEXT    NOT NULL,
    received_at      BIGINT  NOT NULL,
    due_at           BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    touched_at       BIGINT,
    patient_choice   TEXT    CHECK (patient_choice IN ('linked', 'not_in_master', 'no_patient')),
    patient_id       TEXT,
    institution_id   TEXT,
    doctor_id        TEXT,
    patient_label    TEXT,
    sender_label     TEXT,
    alert_count      BIGINT  NOT NULL,
    set_aside_reason TEXT,
    inquiry_note     TEXT,
    approved_by      TEXT,
    approved_at      BIGINT,
    pushed_at        BIGINT,
    record_id        TEXT,
    push_error       TEXT,
    pages            JSONB   NOT NULL,
    rotation         JSONB   NOT NULL,
    field_values     JSONB   NOT NULL,
    reading          JSONB   NOT NULL,
    UNIQUE (delivery_id, ordinal),
    CHECK ((patient_id IS NOT NULL) = (patient_choice IS NOT NULL AND patient_choice = 'linked')),
    CHECK ((state IN ('proposed', 'in_review')) = (tray = 'open')),
    CHECK ((state = 'approved') = (tray = 'confirmed')),
    CHECK ((state = 'pushed') = (tray = 'pushed')),
    CHECK ((state = 'set_aside') = (tray = 'set_aside')),
    CHECK (state NOT IN ('approved', 'pushed') OR approved_by IS NOT NULL AND approved_at IS NOT NULL)
);
CREATE INDEX document_queue ON document (tray, due_at, received_at, id);
CREATE INDEX document_done ON document (tray, updated_at, id);
CREATE INDEX document_count ON document (tray, decision);
CREATE INDEX document_in_review ON document (id) WHERE state = 'in_review';

-- What searches look in, folded; a narrow table of its own, so that a search reads little.
CREATE TABLE document_search (
    document_id TEXT NOT NULL PRIMARY KEY REFERENCES document (id),
    folded      TEXT NOT NULL
);

-- Members of staff who sign in.
CREATE TABLE account (
    id            TEXT    NOT NULL PRIMARY KEY,
    login         TEXT    NOT NULL UNIQUE,
    display_name  TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('admin', 'staff')),
    password_hash TEXT    NOT NULL,
    must_change   BOOLEAN NOT NULL,
    disabled      BOOLEAN NOT NULL DEFAULT FALSE,
    failures      BIGINT  NOT NULL DEFAULT 0,
    lock_until    BIGINT,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL
);

-- Browsers that are signed in; only the hash of the cookie is kept.
CREATE TABLE session (
    token_hash   TEXT   NOT NULL PRIMARY KEY,
    user_id      TEXT   NOT NULL REFERENCES account (id),
    csrf         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX session_account ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at);

-- A reviewer's lease on a document: at most one, by the key.
CREATE TABLE hold (
    document_id TEXT   NOT NULL PRIMARY KEY REFERENCES document (id),
    user_id     TEXT   NOT NULL REFERENCES account (id),
    since       BIGINT NOT NULL,
    until       BIGINT NOT NULL
);
CREATE INDEX hold_until ON hold (until);

-- What a person confirmed, as confirmed: written once by the reviewer's `confirm`, never changed (guards).
CREATE TABLE approval (
    document_id    TEXT   NOT NULL REFERENCES document (id),
    version        BIGINT NOT NULL,
    approver       TEXT   NOT NULL REFERENCES account (id),
    approved_at    BIGINT NOT NULL,
    kind           TEXT   NOT NULL,
    patient_choice TEXT   NOT NULL CHECK (patient_choice IN ('linked', 'not_in_master', 'no_patient')),
    patient_id     TEXT,
    institution_id TEXT,
    doctor_id      TEXT,
    field_values   JSONB  NOT NULL,
    PRIMARY KEY (document_id, version),
    CHECK ((patient_choice = 'linked') = (patient_id IS NOT NULL))
);

-- Work with a lease. `lease_no` counts claims and never goes back: with the owner it fences off workers that lost their lease.
CREATE TABLE job (
    id          TEXT    NOT NULL PRIMARY KEY,
    subject     TEXT    NOT NULL,
    stage       TEXT    NOT NULL CHECK (stage IN ('decode', 'recognise', 'understand', 'push')),
    attempt     BIGINT  NOT NULL DEFAULT 0,
    run_at      BIGINT  NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    lease_no    BIGINT  NOT NULL DEFAULT 0,
    done_at     BIGINT,
    gave_up     BOOLEAN NOT NULL DEFAULT FALSE,
    last_error  TEXT,
    created_at  BIGINT  NOT NULL,
    UNIQUE (subject, stage)
);
CREATE INDEX job_ready ON job (run_at, id, stage, lease_until) WHERE done_at IS NULL;
CREATE INDEX job_leased ON job (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX job_gave_up ON job (stage) WHERE gave_up;

-- Who did what, append-only and hash-chained. `detail` is TEXT because the hash covers its exact bytes.
CREATE TABLE audit (
    seq     BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    verb    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    hash    TEXT   NOT NULL UNIQUE
);
CREATE INDEX audit_subject ON audit (subject, seq);

-- The end of the chain: its lock makes writers queue, its hash shows when the newest rows were cut off.
CREATE TABLE audit_head (
    id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    hash TEXT   NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
