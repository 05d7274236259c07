-- What confirmed documents taught (前回の確定から). A lesson is never changed; forgetting it is a date, and the audit log
-- says who did it.
CREATE TABLE lesson (
    id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES document (id),
    learned_at BIGINT NOT NULL,
    forgotten_at BIGINT,
    taught JSONB NOT NULL
);
CREATE INDEX lesson_of ON lesson (document_id);

-- One row; goes up with every lesson learned or forgotten, so that readers know when to load them again.
CREATE TABLE lessons_version (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO lessons_version (id, version) VALUES (1, 0);
