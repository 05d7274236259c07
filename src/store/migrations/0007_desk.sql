-- What a person did to the pages of a document, and to which other document it belongs.
ALTER TABLE document ADD COLUMN dropped JSONB NOT NULL DEFAULT '[]';
ALTER TABLE document ADD COLUMN related_to TEXT REFERENCES document (id);
ALTER TABLE document ADD COLUMN relation TEXT CHECK (relation IN ('attached', 'resent'));
ALTER TABLE document ADD COLUMN correction_reason TEXT;
CREATE INDEX document_related ON document (related_to) WHERE related_to IS NOT NULL;
CREATE INDEX document_patient ON document (patient_id, received_at) WHERE patient_id IS NOT NULL;
-- Who is easily taken for whom (同姓同名).
CREATE INDEX patient_name ON patient (search_name);
CREATE INDEX patient_kana ON patient (search_kana);

-- Patients who are not in the master yet (台帳にない患者): a temporary identity for each confirmed document, joined with the
-- hospital's number by two people.
CREATE TABLE newcomer (
    document_id TEXT   NOT NULL PRIMARY KEY REFERENCES document (id),
    code        TEXT   NOT NULL UNIQUE,
    made_by     TEXT   NOT NULL REFERENCES account (id),
    made_at     BIGINT NOT NULL,
    patient_id  TEXT,
    proposed_by TEXT   REFERENCES account (id),
    proposed_at BIGINT,
    joined_by   TEXT   REFERENCES account (id),
    joined_at   BIGINT,
    CHECK ((patient_id IS NULL) = (proposed_by IS NULL)),
    CHECK (joined_by IS NULL OR patient_id IS NOT NULL AND joined_by <> proposed_by)
);
CREATE INDEX newcomer_open ON newcomer (made_at) WHERE joined_at IS NULL;
