-- Tokens open only what they were made for, and may end by themselves. Those made before hand in, as they did.
ALTER TABLE api_token ADD COLUMN scopes TEXT NOT NULL DEFAULT '|deliveries:write|';
ALTER TABLE api_token ADD COLUMN expires_at BIGINT;

-- Other systems follow what was pushed by the number of its audit row, which is the order of the commits.
CREATE INDEX audit_pushed ON audit (seq) WHERE verb = 'document.pushed';
CREATE INDEX document_record ON document (record_id);
