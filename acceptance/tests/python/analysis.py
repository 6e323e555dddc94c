"""Reads what /v2/aggregate counts with pandas and DuckDB, and compares it with the same as JSON."""

import json
import sys
import tempfile
import urllib.request

import duckdb
import pandas

base = sys.argv[1]
NAMES = ["topic", "category", "user", "package", "agent"]


def fetch(path):
    with urllib.request.urlopen(base + path) as answer:
        return answer.read()


def check(columns, filters):
    query = "&".join([f"group_by={column}" for column in columns] + [filters])
    path = f"/v2/aggregate?limit=1000&{query}"
    told = json.loads(fetch(path))
    assert told["exact"], told
    expected = [[group[column] for column in columns] + [group["messages"]] for group in told["groups"]]
    names = [column for column in columns if column in NAMES]
    times = [column for column in columns if column not in NAMES]

    # As docs/grepper.md says.
    frame = pandas.read_csv(
        f"{base}{path}&format=csv", keep_default_na=False, dtype={name: "str" for name in names}, parse_dates=times
    )
    wanted = columns + ["messages"] + ([] if times else ["first", "last"])
    assert list(frame.columns) == wanted, frame.columns
    for column in times:
        stamps = pandas.to_datetime(frame[column], utc=True)
        frame[column] = [stamp.isoformat() for stamp in stamps]
    assert frame[columns + ["messages"]].values.tolist() == expected, (path, frame, expected)

    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(fetch(f"{path}&format=csv"))
        file.flush()
        types = {name: "VARCHAR" for name in names}
        table = duckdb.read_csv(file.name, header=True, dtype=types)
        assert table.columns == wanted, table.columns
        kinds = dict(zip(table.columns, table.types))
        assert str(kinds["messages"]) == "BIGINT", kinds
        assert all("TIMESTAMP" in str(kinds[column]) for column in times), kinds
        rows = table.project(", ".join(f'"{column}"' for column in names + ["messages"])).fetchall()
        left = [[row[columns.index(name)] for name in names] + [row[-1]] for row in expected]
        assert [list(row) for row in rows] == left, (path, rows, left)
        total = duckdb.sql(f"SELECT sum(messages) FROM read_csv('{file.name}')").fetchone()[0]
        assert (total or 0) == sum(row[-1] for row in expected), (path, total)
    return len(expected)


groups = 0
for columns in [
    ["user"],
    ["topic", "day"],
    ["week", "package"],
    ["user", "package"],
    ["agent"],
    ["category", "month"],
    ["hour"],
]:
    for filters in ["start=2026-01-01&end=2026-04-30", "category=wiki&end=2026-04-30&delta=5000000"]:
        groups += check(columns, filters)
print(groups)
