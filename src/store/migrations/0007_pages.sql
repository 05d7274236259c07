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
