-- The same pairs of characters as on SQLite: `grams` is taken in as text and kept as a vector; `document_gram(query)` searches.
SELECT pg_advisory_xact_lock(8417203665);
DO $index$
BEGIN
    IF to_regclass('document_gram') IS NOT NULL THEN
        RETURN;
    END IF;
    CREATE TABLE document_gram (rowid BIGINT NOT NULL PRIMARY KEY, grams TEXT NOT NULL, vector TSVECTOR NOT NULL);
    CREATE INDEX document_gram_vector ON document_gram USING gin (vector);
    CREATE FUNCTION uketsuke_gram() RETURNS trigger LANGUAGE plpgsql AS
    $body$
    BEGIN
        NEW.vector := array_to_tsvector(string_to_array(NEW.grams, ' '));
        NEW.grams := '';
        RETURN NEW;
    END
    $body$;
    CREATE TRIGGER document_gram_vector BEFORE INSERT ON document_gram
        FOR EACH ROW EXECUTE FUNCTION uketsuke_gram();
    CREATE FUNCTION document_gram(query TEXT) RETURNS TABLE (rowid BIGINT) LANGUAGE sql STABLE AS
    $body$
        SELECT g.rowid FROM document_gram g
         WHERE g.vector @@ replace(replace(replace(query, ' AND ', ' & '), ' OR ', ' | '), '*', ':*')::tsquery
    $body$;
END
$index$;
