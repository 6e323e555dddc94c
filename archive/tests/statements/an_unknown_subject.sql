-- an unknown subject


-- ==== the first page

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188085855871]]


-- ==== page 400

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188085855871]]


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188085855871]]

COMMIT;


-- ==== the count

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188085855871]]


-- ==== a histogram of three bars

SELECT msg_id, msg_timestamp
FROM messages_about($1);
-- [[144115188085855871]]
