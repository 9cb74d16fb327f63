"""Why a score moved: every activity and signal in one row, and what caps and breadth did."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scoring.engagement import Engagement, engagement
from scoring.intent import Intent, intent
from scoring.model import Model
from scoring.single import OneAccount
from scoring.units import epoch_seconds


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One cause of the movement of one part; points move the part, priority_points the priority.

    key is the id of the activity or signal, "" for causes that have none; subject the activity type or the
    signal's kind and topic.
    """

    part: str
    cause: str
    points: float
    key: str = ""
    subject: str = ""
    person_label: str = ""
    priority_points: float = 0.0


def _exchange(before: int, after: int, half_score_points: int) -> float:
    """Score points for one micro-point of attention, exact between both ends of 100 * P / (P + K)."""
    k = half_score_points
    return 100.0 * k / ((before + k) * (after + k))


def activity_rows(account: OneAccount, model: Model, then: datetime, now: datetime) -> Iterator[MovementRow]:
    """P is breadth * (raw - cut by caps): raw moves activity by activity, at the breadth of then."""
    before = engagement(account.evidence, model, epoch_seconds(then), 1)
    after = engagement(account.evidence, model, epoch_seconds(now), 1)
    half = model.tables.activities.half_score_points
    rate = _exchange(int(before.attention[0]), int(after.attention[0]), half)
    breadth = _breadth(before, model)
    capped = breadth * (_cut(before) - _cut(after))
    for row, (points, over), (points_now, over_now) in _pairs(before, after):
        difference = breadth * (points_now - points)
        if over is not None and over_now is not None and over != over_now:
            capped += difference
        elif difference:
            cause = "new" if over is None else "left" if over_now is None else "decay"
            yield _activity_row(account, row, cause, rate * difference)
    if capped:
        yield MovementRow("engagement", "caps", rate * capped)
    broader = (_breadth(after, model) - breadth) * int(after.kept[0])
    if broader:
        yield MovementRow("engagement", "breadth", rate * broader)


def _activity_row(account: OneAccount, row: int, cause: str, points: float) -> MovementRow:
    evidence = account.evidence
    subject = evidence.types[evidence.type[row]]
    label = evidence.people.label(int(evidence.person[row]))
    return MovementRow("engagement", cause, points, str(evidence.ids[row]), subject, label)


_Points = tuple[int, bool | None]
"""Micro-points before channel caps, and whether the daily cap took them; None outside the window."""


def _pairs(before: Engagement, after: Engagement) -> Iterator[tuple[int, _Points, _Points]]:
    """Each activity that counted at either end, with what it had at both."""
    at_then, at_now = _points_of(before), _points_of(after)
    for row in sorted(at_then.keys() | at_now.keys()):
        yield row, at_then.get(row, (0, None)), at_now.get(row, (0, None))


def _points_of(found: Engagement) -> dict[int, _Points]:
    rows = found.rows
    pairs = zip(rows.points.tolist(), rows.over_daily_cap.tolist(), strict=True)
    return dict(zip(rows.row.tolist(), pairs, strict=True))


def _cut(found: Engagement) -> int:
    """What the channel caps took, in micro-points."""
    return int(found.rows.points.sum()) - int(found.kept[0])


def _breadth(found: Engagement, model: Model) -> float:
    table = model.tables.activities.breadth
    return int(table[min(max(int(found.people_engaged[0]), 1), len(table)) - 1]) / 100


def signal_rows(account: OneAccount, model: Model, then: datetime, now: datetime) -> Iterator[MovementRow]:
    """One row for each signal whose points differ; a silenced or expired one is as good as gone."""
    before = intent(account.signals, model, epoch_seconds(then), 1)
    after = intent(account.signals, model, epoch_seconds(now), 1)
    half = model.tables.intent_half_score
    rate = _exchange(int(before.attention[0]), int(after.attention[0]), half)
    at_then, at_now = _signal_points(before), _signal_points(after)
    for row in sorted(at_then.keys() | at_now.keys()):
        points, points_now = at_then.get(row, 0), at_now.get(row, 0)
        cause = "new" if row not in at_then else "left" if row not in at_now else "decay"
        kind, topic = account.signals.topics[account.signals.topic[row]]
        key, subject = str(account.signals.ids[row]), f"{kind} {topic}".strip()
        source = account.signals.sources[account.signals.source[row]]
        if points_now != points:
            yield MovementRow("intent", cause, rate * (points_now - points), key, subject, source)


def _signal_points(found: Intent) -> dict[int, int]:
    """Only signals that count: a silenced or expired one is as good as gone."""
    return {
        row: points for row, points in zip(found.row.tolist(), found.points.tolist(), strict=True) if points
    }
