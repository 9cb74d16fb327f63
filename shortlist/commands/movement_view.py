"""How a movement is shown: by part and cause, with sums that come to the difference."""

from collections.abc import Iterator
from itertools import groupby
from math import fsum
from typing import Any

from scoring.movement import PARTS, MovementGroup, groups
from scoring.standing import LABELS
from scoring.words import activity_words
from shortlist.console import Output
from sync.moved import Moved

_MOST_ROWS = 5
"""Of one part and cause; the rest is one row."""
_SHOWN = 0.005
_CAUSE_WORDS = {
    "new": "new",
    "left": "too old to count",
    "decay": "faded",
    "caps": "caps cut",
    "breadth": "more or fewer engaged people",
    "edit": "known or changed only later",
    "model": "the model changed",
    "rounding": "rounding",
}
_EDIT_WORDS = {
    "fit": "fields changed since",
    "engagement": "activities or people known, changed or gone since",
    "intent": "signals known or gone since",
}


def show_movement(output: Output, found: Moved, *, show_all: bool = False) -> None:
    """Why the scores moved, largest first in each cause; the rows of a part sum to its difference."""
    before, after = found.movement.before, found.movement.after
    tier = f", {LABELS.get(found.stored.tier, found.stored.tier)}" if found.stored else ""
    source = f"stored on {found.stored.day}{tier}" if found.stored else "nothing was stored, computed again"
    output.say()
    output.say(
        f"Since {found.since:%Y-%m-%d %H:%M} UTC ({source}): priority {before.priority:.1f} to "
        f"{after.priority:.1f}, {after.priority - before.priority:+.1f}",
        style="bold",
    )
    listed = [group for group in groups(found.movement) if show_all or group.cause != "rounding"]
    rows = [
        row for _, same in groupby(listed, _part_and_cause) for row in _rows(list(same), show_all=show_all)
    ]
    rows.extend(_sum_row(found, part) for part in PARTS)
    whole = f"{found.movement.total('priority'):+.2f}"
    rows.append(("sum", f"priority {before.priority:.1f} to {after.priority:.1f}", "", whole))
    output.table("Why it moved", ("part", "cause", "points", "of priority"), rows)
    if found.lost_model:
        output.say(
            f"The store has no more the model {found.lost_model} of that day, so what is called known or "
            "changed later holds the change of model too."
        )


def _part_and_cause(group: MovementGroup) -> tuple[str, str]:
    return group.part, group.cause


def _sum_row(found: Moved, part: str) -> tuple[str, str, str, str]:
    before, after = getattr(found.movement.before, part), getattr(found.movement.after, part)
    rows = [row for row in found.movement.rows if row.part == part]
    points, of_priority = fsum(row.points for row in rows), fsum(row.priority_points for row in rows)
    return ("sum", f"{part} {before:.1f} to {after:.1f}", f"{points:+.2f}", f"{of_priority:+.2f}")


def _rows(same: list[MovementGroup], *, show_all: bool) -> Iterator[tuple[str, str, str, str]]:
    """The largest groups of one part and cause, and the others in one row."""
    named = [group for group in same if show_all or abs(group.points) + abs(group.priority_points) >= _SHOWN]
    named = named if show_all else named[:_MOST_ROWS]
    for group in named:
        yield (group.part, _words(group), f"{group.points:+.2f}", f"{group.priority_points:+.2f}")
    rest = [group for group in same if group not in named]
    if rest:
        count = sum(group.count for group in rest)
        points = fsum(group.points for group in rest)
        of_priority = fsum(group.priority_points for group in rest)
        words = f"{_CAUSE_WORDS[rest[0].cause]}: {count:,} smaller ones"
        yield (rest[0].part, words, f"{points:+.2f}", f"{of_priority:+.2f}")


def _words(group: MovementGroup) -> str:
    if group.cause == "edit":
        return _EDIT_WORDS[group.part]
    cause = _CAUSE_WORDS[group.cause]
    if not group.subject:
        return cause
    if group.part == "intent":
        return f"{cause}: {group.subject} ({group.person_label})"
    return f"{cause}: {activity_words(group.subject, group.count, group.person_label)}"


def movement_json(found: Moved) -> dict[str, Any]:
    """The movement whole: both ends and every row."""
    return {
        "since": found.since,
        "until": found.until,
        "stored": found.stored and found.stored._asdict(),
        "lost_model": found.lost_model,
        "before": found.movement.before,
        "after": found.movement.after,
        "rows": list(found.movement.rows),
    }
