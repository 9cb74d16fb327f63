"""How a difference between two models is shown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scoring.standing import LABELS
from shortlist.console import Output
from sync.whatif import Cost, Difference, ListMoves, Spread

_SHOWN = 25
"""Rows of a table for a person; the JSON document has all of them."""
Priced = tuple[Sequence[Cost], Sequence[Cost]]


def show_difference(output: Output, found: Difference, priced: Priced) -> None:
    """Settings, tier moves, lists, distributions and cost, the old model's values first."""
    before, after = found.before.model.version, found.after.model.version
    output.say(f"From {before} to {after} (difference {found.id})", style="bold")
    if found.is_empty:
        output.say("The two models are the same: nothing would change.")
        return
    settings = [(change.path, _text(change.before), _text(change.after)) for change in found.settings]
    _table(output, "Settings", ("key", before, after), settings)
    moves = [(move.name, LABELS[move.before], LABELS[move.after], move.reason) for move in found.moves]
    _table(output, "Accounts that change tier", ("account", "from", "to", "reason"), moves)
    joined = [row for moves in found.lists for row in _list_rows(found, moves)]
    _table(output, "Target lists", ("list", "account", "moves"), joined)
    old, new = found.spreads
    _spread_table(output, "Tiers", old.tiers, new.tiers, LABELS)
    _spread_table(output, "Fit", old.fit_bands, new.fit_bands)
    tenths = {start: f"{start} to {start + 10}" for start in old.priority}
    _spread_table(output, "Priority", old.priority, new.priority, tenths)
    _cost_table(output, priced)


def _table(output: Output, title: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        output.table(f"{title}: {len(rows):,}", columns, rows[:_SHOWN])
        if len(rows) > _SHOWN:
            output.say(f"… and {len(rows) - _SHOWN:,} more (--json has all of them).")
    else:
        output.say(f"{title}: none.")


def _list_rows(found: Difference, moves: ListMoves) -> Iterator[tuple[str, str, str]]:
    for word, keys in (("joins", moves.joins), ("leaves", moves.leaves)):
        for key in keys:
            yield moves.name, found.after.facts.names[key], word


def _spread_table(
    output: Output,
    title: str,
    before: Mapping[Any, int],
    after: Mapping[Any, int],
    labels: Mapping[Any, str] | None = None,
) -> None:
    rows = [((labels or {}).get(key, key), before[key], after[key]) for key in before]
    output.table(title, ("", "before", "after"), rows)


def _cost_table(output: Output, priced: Priced) -> None:
    rows = [
        (
            new.connection,
            new.records - old.records,
            new.members - old.members,
            sum(new.fields.values()) - sum(old.fields.values()),
            new.least_calls - old.least_calls,
            old.least_calls,
        )
        for old, new in zip(*priced, strict=True)
    ]
    columns = ("connection", "records", "memberships", "fields", "calls at least", "waiting anyway, calls")
    output.table("What the next push would write in addition", columns, rows)


def difference_json(found: Difference, priced: Priced) -> dict[str, Any]:
    """The JSON document of a difference, complete."""
    old, new = found.spreads
    return {
        "id": found.id,
        "from": found.before.model.version,
        "to": found.after.model.version,
        "as_of": found.after.as_of.isoformat(),
        "settings": [change._asdict() for change in found.settings],
        "tier_moves": [move._asdict() for move in found.moves],
        "lists": [moves._asdict() for moves in found.lists],
        "distribution": {"before": _spread_json(old), "after": _spread_json(new)},
        "cost": {
            "before": [cost._asdict() for cost in priced[0]],
            "after": [cost._asdict() for cost in priced[1]],
        },
    }


def _spread_json(spread: Spread) -> dict[str, Any]:
    return {**spread._asdict(), "priority": [{"from": k, "accounts": v} for k, v in spread.priority.items()]}


def _text(value: object) -> str:
    return "(not there)" if value is None else str(value)
