"""Engagement in DuckDB's SQL out of its own file, sorted by account. Arguments: folder of columns, expected sum.

The same integers as scoring.engagement: daily cap, channel caps, breadth, attention; another sum is a failure.
"""

import sys
from pathlib import Path
from typing import Any

# Only the peer's environment has duckdb.
import duckdb  # type: ignore[import-not-found]
import numpy as np
from report import report  # type: ignore[import-not-found]

folder, expected = Path(sys.argv[1]), int(sys.argv[2])
COLUMNS = {
    "account": np.int32,
    "person": np.int32,
    "type": np.int16,
    "day": np.int32,
    "occurred_at": np.int64,
    "minutes": np.int32,
}
ENGAGEMENT = """
WITH base AS (
  SELECT account, person, day, type, occurred_at, channel, role, ppm,
         CASE WHEN minutes <> -1 AND per_minute > 0
              THEN per_minute * greatest(least(minutes, max_minutes), 0) ELSE points END AS base
  FROM evidence JOIN types USING (type) JOIN people USING (person)
  JOIN decay ON decay.type = evidence.type AND decay.age = $today - day
  WHERE day >= $today - $cut AND occurred_at <= $now
), crowded AS (
  SELECT account, person, day, type FROM base GROUP BY ALL HAVING count(*) > $most
), capped AS (
  SELECT account, person, channel, base * role * ppm // 1000000000 AS points
  FROM base ANTI JOIN crowded USING (account, person, day, type)
  UNION ALL
  SELECT account, person, channel, base * role * ppm // 1000000000
  FROM base SEMI JOIN crowded USING (account, person, day, type)
  QUALIFY row_number() OVER (PARTITION BY account, person, day, type ORDER BY base DESC, occurred_at) <= $most
), raw AS (
  SELECT account, channel, sum(points)::BIGINT AS raw FROM capped GROUP BY ALL
), of_person AS (
  SELECT account, person, sum(points)::BIGINT AS raw FROM capped GROUP BY ALL
), engaged AS (
  SELECT account, count(*) FILTER (raw >= $least) AS people FROM of_person GROUP BY account
), of_account AS (
  SELECT account, sum(least(raw, cap))::BIGINT AS kept FROM raw JOIN caps USING (channel) GROUP BY account
), attention AS (
  SELECT account, share * kept // 100 AS attention
  FROM of_account JOIN engaged USING (account)
  JOIN breadth ON breadth.people = greatest(least(engaged.people, $widest), 1)
)
SELECT sum(attention)::BIGINT, sum(round(100.0 * attention / (attention + $half), 6)) FROM attention
"""


def array(name: str) -> Any:
    """One column."""
    return np.load(folder / f"{name}.npy")


def fill(database: duckdb.DuckDBPyConnection) -> None:
    """The columns as a table in their order, and the model's tables beside it."""
    ages = array("type_decay")
    types, age = (part.ravel() for part in np.indices(ages.shape))
    caps, breadth, role = array("caps"), array("breadth"), array("role")
    tables = {
        "evidence": {name: np.fromfile(folder / f"{name}.bin", dtype) for name, dtype in COLUMNS.items()},
        "types": {
            "type": np.arange(len(ages)),
            **{name: array(f"type_{name}") for name in ("channel", "points", "per_minute", "max_minutes")},
        },
        "decay": {"type": types, "age": age, "ppm": ages.ravel()},
        "people": {"person": np.arange(len(role)), "role": role},
        "caps": {"channel": np.arange(len(caps)), "cap": caps},
        "breadth": {"people": np.arange(1, len(breadth) + 1), "share": breadth},
    }
    for name, columns in tables.items():
        database.register("columns", columns)
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM columns")  # noqa: S608 our own names
        database.unregister("columns")


now, cut, most, least, half = (int(number) for number in array("numbers"))
parameters = {
    "now": now,
    "today": now // 86_400,
    "cut": cut,
    "most": most,
    "least": least,
    "half": half,
    "widest": len(array("breadth")),
}
file = str(folder / "evidence.duckdb")
with duckdb.connect(file) as filling:
    fill(filling)


def work() -> int:
    """Gives the number of activities when the sum is right."""
    with duckdb.connect(file, read_only=True) as database:
        [found, _] = database.execute(ENGAGEMENT, parameters).fetchone()
        if found != expected:
            raise SystemExit(f"attention adds up to {found}, not {expected}")
        return int(database.execute("SELECT count(*) FROM evidence").fetchone()[0])


report("duckdb", "native file, sorted by account", "", work, stored=True)
