-- The audit log and the approvals are append-only, and the end of the chain only moves forward by one.
SELECT pg_advisory_xact_lock(8417203665);
DO $guards$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'audit_append_only' AND tgrelid = 'audit'::regclass) THEN
        RETURN;
    END IF;
    CREATE OR REPLACE FUNCTION uketsuke_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $body$ BEGIN RAISE EXCEPTION 'this table is append-only'; END $body$;
    CREATE OR REPLACE FUNCTION uketsuke_head_forward() RETURNS trigger LANGUAGE plpgsql AS
    $body$
    BEGIN
        IF NEW.id = OLD.id AND (NEW.seq = OLD.seq AND NEW.hash = OLD.hash OR NEW.seq = OLD.seq + 1) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the audit log is append-only';
    END
    $body$;
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION uketsuke_append_only();
    CREATE TRIGGER audit_head_no_delete BEFORE DELETE OR TRUNCATE ON audit_head
        FOR EACH STATEMENT EXECUTE FUNCTION uketsuke_append_only();
    CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head
        FOR EACH ROW EXECUTE FUNCTION uketsuke_head_forward();
    CREATE TRIGGER approval_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval
        FOR EACH STATEMENT EXECUTE FUNCTION uketsuke_append_only();
END
$guards$;
