"""Why a score moved between two instants: rows that sum to the difference (docs/scoring.md section 10).

From the stored score of then to the score of now in three steps, so that nothing counts twice:
1. `edit`: the stored score to the same instant computed again from today's facts, by the model of then.
2. `model`: that to the same instant computed by the model of now.
3. That to now, by the model of now: every activity and signal in one row, and what caps and breadth did.
Scores have 6 decimals, so one row `rounding` a score holds the rest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import fsum

from scoring.engagement import Engagement, engagement
from scoring.intent import Intent, intent
from scoring.kernel import AccountScore
from scoring.model import Model
from scoring.single import OneAccount
from scoring.spec import Priority
from scoring.units import epoch_seconds

PARTS = ("fit", "engagement", "intent")
CAUSES = ("new", "left", "decay", "caps", "breadth", "edit", "model", "rounding")
"""New evidence; evidence past the cut or silenced; fading; channel and daily caps; the number of engaged
people; fields, people or evidence that changed after the fact; the model; the sixth decimal."""
_TOLERANCE = 1e-10
_SIXTH_DECIMAL = 1e-6


@dataclass(frozen=True, slots=True)
class StoredScores:
    """The scores of then as they were stored."""

    fit: float
    engagement: float
    intent: float
    priority: float


@dataclass(frozen=True, slots=True)
class Then:
    """The instant to start from. `stored` is None where nothing was stored: there are no edits to see then.

    `model` made the stored scores; None when it is the model of now, or one that is lost.
    """

    as_of: datetime
    stored: StoredScores | None = None
    model: Model | None = None


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


@dataclass(frozen=True, slots=True)
class Movement:
    """The scores at both ends, and the rows between them."""

    before: StoredScores
    after: AccountScore
    rows: tuple[MovementRow, ...]

    def total(self, name: str) -> float:
        """The sum of the rows of one part, or of everybody's priority points."""
        if name == "priority":
            return fsum(row.priority_points for row in self.rows)
        return fsum(row.points for row in self.rows if row.part == name)


@dataclass(frozen=True, slots=True)
class MovementGroup:
    """Rows of one part, cause, subject and person."""

    part: str
    cause: str
    subject: str
    person_label: str
    count: int
    points: float
    priority_points: float


def movement(account: OneAccount, model: Model, then: Then, now: datetime) -> Movement:
    """The rows from `then` to `now`; ValueError when `then` is the later one."""
    if then.as_of > now:
        raise ValueError(f"{then.as_of} is later than {now}")
    renewed = account.scores(model, then.as_of)
    replayed = renewed if then.model is None else account.scores(then.model, then.as_of)
    stored = then.stored or _stored(replayed)
    after = account.scores(model, now)
    old_weights = _weights(model if then.model is None else then.model)
    weights = _weights(model)
    facts = (
        *_activity_rows(account, model, then.as_of, now),
        *_signal_rows(account, model, then.as_of, now),
    )
    rows = [
        *_edits(stored, replayed, old_weights),
        *_model_rows(replayed, renewed, old_weights, weights),
        *(replace(row, priority_points=weights[row.part] * row.points) for row in facts),
    ]
    return Movement(stored, after, (*rows, *_rounding(rows, stored, after, weights)))


def groups(found: Movement) -> list[MovementGroup]:
    """The rows put together by part, cause, subject and person: largest move first, causes in their order."""
    grouped: dict[tuple[str, str, str, str], list[MovementRow]] = {}
    for row in found.rows:
        grouped.setdefault((row.part, row.cause, row.subject, row.person_label), []).append(row)
    result = [
        MovementGroup(
            *key, len(rows), fsum(row.points for row in rows), fsum(row.priority_points for row in rows)
        )
        for key, rows in grouped.items()
    ]
    return sorted(result, key=_group_order)


def _group_order(group: MovementGroup) -> tuple[int, int, float, str, str]:
    part, cause = (*PARTS, "priority").index(group.part), CAUSES.index(group.cause)
    return part, cause, -abs(group.points), group.subject, group.person_label


def _stored(scores: AccountScore) -> StoredScores:
    return StoredScores(scores.fit, scores.engagement, scores.intent, scores.priority)


def _weights(model: Model) -> Mapping[str, float]:
    spec: Priority = model.spec.priority
    total = spec.fit + spec.engagement + spec.intent
    return {"fit": spec.fit / total, "engagement": spec.engagement / total, "intent": spec.intent / total}


def _edits(
    stored: StoredScores, replayed: AccountScore, weights: Mapping[str, float]
) -> Iterator[MovementRow]:
    """Where the stored priority has other weights, its model is another one that the store has lost."""
    for part in PARTS:
        points = getattr(replayed, part) - getattr(stored, part)
        if points:
            yield MovementRow(part, "edit", points, priority_points=weights[part] * points)
    other = fsum(weights[part] * getattr(stored, part) for part in PARTS) - stored.priority
    if abs(other) > _SIXTH_DECIMAL:
        yield MovementRow("priority", "model", 0.0, priority_points=other)


def _model_rows(
    replayed: AccountScore,
    renewed: AccountScore,
    old_weights: Mapping[str, float],
    weights: Mapping[str, float],
) -> Iterator[MovementRow]:
    """Other weights move the priority even where no part moves."""
    for part in PARTS:
        before, after = getattr(replayed, part), getattr(renewed, part)
        priority_points = weights[part] * after - old_weights[part] * before
        if after != before or abs(priority_points) > _TOLERANCE:
            yield MovementRow(part, "model", after - before, priority_points=priority_points)


def _exchange(before: int, after: int, half_score_points: int) -> float:
    """Score points for one micro-point of attention, exact between both ends of 100 * P / (P + K)."""
    k = half_score_points
    return 100.0 * k / ((before + k) * (after + k))


def _activity_rows(account: OneAccount, model: Model, then: datetime, now: datetime) -> Iterator[MovementRow]:
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


def _signal_rows(account: OneAccount, model: Model, then: datetime, now: datetime) -> Iterator[MovementRow]:
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


def _rounding(
    rows: list[MovementRow], stored: StoredScores, after: AccountScore, weights: Mapping[str, float]
) -> Iterator[MovementRow]:
    """What the sixth decimal leaves, and whole micro-points: far below what anybody sees."""
    spread = 0.0
    for part in PARTS:
        moved = getattr(after, part) - getattr(stored, part)
        rest = moved - fsum(row.points for row in rows if row.part == part)
        if abs(rest) > _TOLERANCE:
            spread += weights[part] * rest
            yield MovementRow(part, "rounding", rest, priority_points=weights[part] * rest)
    rest = after.priority - stored.priority - spread - fsum(row.priority_points for row in rows)
    if abs(rest) > _TOLERANCE:
        yield MovementRow("priority", "rounding", rest, priority_points=rest)
