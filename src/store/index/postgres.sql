-- The same pairs of characters as on SQLite: `grams` is taken in as text and kept as a vector; `document_gram(query)` searches.
--
-- Each pair is kept with the piece of ten thousand documents in which it stands, in three letters. An index of this sort gives all
-- documents with a pair and in no order; so the search asks it piece by piece, the newest first, until it has a thousand.
SELECT pg_advisory_xact_lock(8417203665);
DO $index$
BEGIN
    IF to_regprocedure('uketsuke_piece(bigint)') IS NOT NULL THEN
        RETURN;
    END IF;
    CREATE FUNCTION uketsuke_piece(piece BIGINT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS
    $body$ SELECT translate(lpad(to_hex(piece), 3, '0'), '0123456789abcdef', 'abcdefghijklmnop') $body$;
    -- Before there were pieces.
    IF to_regclass('document_gram') IS NOT NULL THEN
        DROP FUNCTION document_gram(TEXT);
        ALTER TABLE document_gram RENAME TO document_gram_whole;
        ALTER INDEX document_gram_pkey RENAME TO document_gram_whole_pkey;
    END IF;
    CREATE TABLE document_gram (rowid BIGINT NOT NULL PRIMARY KEY, grams TEXT NOT NULL, vector TSVECTOR NOT NULL);
    IF to_regclass('document_gram_whole') IS NOT NULL THEN
        INSERT INTO document_gram (rowid, grams, vector) SELECT rowid, '', array_to_tsvector(ARRAY(
            SELECT uketsuke_piece(rowid / 10000) || gram FROM unnest(tsvector_to_array(vector)) AS gram)) FROM document_gram_whole;
        DROP TABLE document_gram_whole;
    END IF;
    -- Without a list of what is pending, which every piece of a search would read through.
    CREATE INDEX document_gram_vector ON document_gram USING gin (vector) WITH (fastupdate = off);
    CREATE OR REPLACE FUNCTION uketsuke_gram() RETURNS trigger LANGUAGE plpgsql AS
    $body$
    DECLARE
        piece TEXT := uketsuke_piece(NEW.rowid / 10000);
    BEGIN
        NEW.vector := array_to_tsvector(string_to_array(piece || replace(NEW.grams, ' ', ' ' || piece), ' '));
        NEW.grams := '';
        RETURN NEW;
    END
    $body$;
    CREATE TRIGGER document_gram_vector BEFORE INSERT ON document_gram
        FOR EACH ROW EXECUTE FUNCTION uketsuke_gram();
    -- The newest thousand, from that piece on. Only the index above may be used: what the planner believes of rare and of common pairs
    -- alike, it takes for a reason to walk over all documents; and one plan does for all pieces.
    CREATE FUNCTION uketsuke_found(query TEXT, newest BIGINT) RETURNS TABLE (rowid BIGINT) LANGUAGE plpgsql STABLE ROWS 1000
        SET enable_indexscan = off SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS
    $body$
    DECLARE
        asked  TEXT := replace(replace(replace(query, ' AND ', ' & '), ' OR ', ' | '), '*', ':*');
        within TSQUERY;
        wanted BIGINT := 1000;
        found  BIGINT;
    BEGIN
        FOR piece IN REVERSE newest..0 LOOP
            within := regexp_replace(asked, '([a-p]+)', uketsuke_piece(piece) || '\1', 'g')::tsquery;
            RETURN QUERY SELECT g.rowid FROM document_gram g WHERE g.vector @@ within ORDER BY g.rowid DESC LIMIT wanted;
            GET DIAGNOSTICS found = ROW_COUNT;
            wanted := wanted - found;
            EXIT WHEN wanted <= 0;
        END LOOP;
    END
    $body$;
    CREATE FUNCTION document_gram(query TEXT) RETURNS TABLE (rowid BIGINT) LANGUAGE sql STABLE AS
    $body$
        SELECT f.rowid FROM uketsuke_found(query, COALESCE((SELECT max(g.rowid) / 10000 FROM document_gram g), -1)) f
    $body$;
END
$index$;
