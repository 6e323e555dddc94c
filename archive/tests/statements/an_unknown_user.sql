-- an unknown user


-- ==== the first page

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["nobody"]]


-- ==== page 400

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["nobody"]]


-- ==== what a walk has before it, and a step

BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SET LOCAL plan_cache_mode = force_custom_plan;

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["nobody"]]

COMMIT;


-- ==== the count

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["nobody"]]


-- ==== a histogram of three bars

SELECT 0, id
FROM users
WHERE name = ANY ($1);
-- [["nobody"]]
