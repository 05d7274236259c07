-- What waits for a third person is sought by being unsettled first: SQLite else walked over all that was ever read again.
DROP INDEX quality_draw_unsettled;
CREATE INDEX quality_draw_unsettled ON quality_draw (settled_at, second_at, document_id) WHERE second_user IS NOT NULL AND settled_at IS NULL;
