DO $$
DECLARE
    function record;
BEGIN
    FOR function IN
        SELECT pg_proc.oid::regprocedure AS name, nspname AS schema
        FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE prosecdef AND pronamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'messages'::regclass)
          AND proname IN ('counters_note_association', 'counters_note_messages', 'messages_carry', 'messages_forget', 'ties_need_messages')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path FROM CURRENT', function.name);
    END LOOP;
END $$;
