-- What a list of a growing tray is filtered and counted by is all in its index, now also what decides who may see a document.
-- PostgreSQL keeps no index row above 2,700 bytes: a list of departments that is cut short shows the document to fewer people, never to more.
UPDATE document SET departments = substr(departments, 1, 500) || '…|' WHERE length(departments) > 500;
DROP INDEX document_newest;
CREATE INDEX document_newest ON document
    (tray, updated_at, id, kind, source, decision, channel, received_at, due_at, alert_count, misdirected, departments);
