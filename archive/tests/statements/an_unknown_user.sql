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
