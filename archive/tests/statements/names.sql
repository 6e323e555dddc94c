-- names that begin alike


-- ==== Topic

SELECT counted.name
FROM (
  SELECT name, count
  FROM counters
  WHERE kind = 't'
    AND span = 'm' AND start >= $1
  UNION ALL
  SELECT name, change
  FROM counter_notes
  WHERE kind = 't'
    AND at::date >= $2
) AS counted
WHERE (
  starts_with(lower(counted.name), lower($3))
  OR split_part(counted.name, '.', 1) = 'org'
  AND starts_with(
    lower(
      substr(
        counted.name,
        length(
          split_part(counted.name, '.', 1) || split_part(counted.name, '.', 2) || split_part(counted.name, '.', 3)
        ) + 4
      )
    ),
    lower($4)
  )
)
GROUP BY counted.name
HAVING sum(count) > 0
ORDER BY sum(count) DESC, counted.name COLLATE "C"
LIMIT 20;
-- [2024-01-01, 2024-01-01, "pack", "pack"]

SELECT name
FROM counters
WHERE (
  starts_with(lower(name), lower($1))
  OR split_part(name, '.', 1) = 'org'
  AND starts_with(
    lower(
      substr(name, length(split_part(name, '.', 1) || split_part(name, '.', 2) || split_part(name, '.', 3)) + 4)
    ),
    lower($2)
  )
)
  AND kind = 't'
  AND span = 'y'
  AND count > 0
  AND name <> ALL ($3)
GROUP BY name
ORDER BY max(start) DESC, sum(count) DESC, name COLLATE "C"
LIMIT 20;
-- ["pack", "pack", []]


-- ==== Package

SELECT names.name
FROM (
  SELECT name, count
  FROM counters
  WHERE kind = 'p'
    AND span = 'm' AND start >= $1
  UNION ALL
  SELECT name, change
  FROM counter_notes
  WHERE kind = 'p'
    AND at::date >= $2
) AS counted
  JOIN packages AS names ON names.id = counted.name::integer
WHERE (starts_with(lower(names.name), lower($3)))
GROUP BY names.name
HAVING sum(count) > 0
ORDER BY sum(count) DESC, names.name COLLATE "C"
LIMIT 20;
-- [2024-01-01, 2024-01-01, "pack"]

SELECT name
FROM packages
WHERE (starts_with(lower(name), lower($1))) AND name <> ALL ($2)
ORDER BY name COLLATE "C"
LIMIT 13;
-- ["pack", ["package1", "package3", "package6", "package0", "package2", "package4", "package5"]]
