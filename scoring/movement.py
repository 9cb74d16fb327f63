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

from scoring.kernel import AccountScore
from scoring.model import Model
from scoring.moved_rows import MovementRow, activity_rows, signal_rows
from scoring.single import OneAccount
from scoring.spec import Priority

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
        *activity_rows(account, model, then.as_of, now),
        *signal_rows(account, model, then.as_of, now),
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
