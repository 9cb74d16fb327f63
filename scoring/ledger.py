"""Where every point of one account's scores comes from (docs/scoring.md sections 1, 3, 4, 5).

The rows of a score sum to the score as it is stored, within 1e-9. Stored scores have 6 decimals, so where the
rows of a score come to a longer number, one row of source `rounding` holds the rest, at most 5e-7.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from math import fsum

import numpy as np

from scoring.engagement import Engagement, cap_points, engagement
from scoring.evidence import Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.fit import fit
from scoring.intent import intent
from scoring.kernel import AccountScore, score
from scoring.model import Model
from scoring.signals import Signals
from scoring.units import MICRO, SECONDS_PER_DAY, epoch_seconds
from scoring.values import Value

_TOLERANCE = 1e-10
"""Below the promised 1e-9: a difference as small as this is float noise and needs no row."""

_LAST_YEAR = 9999


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One source of points.

    score is fit, engagement, intent or priority; source is fit_rule, activity, signal, floor, ceiling or
    rounding. key is the rule's name, the activity's or the signal's id; subject the field, the activity type
    or "kind topic"; detail the field's value or the signal's source. points are the contribution to the
    score, priority_points the contribution to priority, attention the points before channel caps and breadth,
    kept those after the cap of `channel`. note says why points were cut; over_daily_cap is one such reason.
    person is a place in People (-1 unknown, None where no person belongs).
    """

    score: str
    source: str
    key: str
    subject: str
    points: float
    detail: str = ""
    attention: float = 0.0
    priority_points: float = 0.0
    person: int | None = None
    person_label: str = ""
    at: datetime | None = None
    week: str = ""
    note: str = ""
    channel: str = ""
    kept: float = 0.0
    over_daily_cap: bool = False


@dataclass(frozen=True, slots=True)
class ActivityGroup:
    """Activities of one type, person and ISO week ("" when weeks are put together) that earned points."""

    type: str
    person_label: str
    week: str
    count: int
    points: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows of one account, with the scores they sum to."""

    scores: AccountScore
    rows: tuple[LedgerRow, ...]
    model_version: str

    def of(self, name: str) -> tuple[LedgerRow, ...]:
        """The rows of one score."""
        return tuple(row for row in self.rows if row.score == name)

    def total(self, name: str) -> float:
        """The sum of a score's rows; for priority, of every row's priority points."""
        if name == "priority":
            return fsum(row.priority_points for row in self.rows)
        return fsum(row.points for row in self.of(name))

    def activity_groups(self, *, by_week: bool = True) -> list[ActivityGroup]:
        """Activities by type, person and week, most points first."""
        groups: dict[tuple[str, int | None, str], list[LedgerRow]] = {}
        for row in self.of("engagement"):
            if row.source == "activity" and row.points > 0:
                groups.setdefault((row.subject, row.person, row.week if by_week else ""), []).append(row)
        found = [
            ActivityGroup(type_, rows[0].person_label, week, len(rows), fsum(row.points for row in rows))
            for (type_, _, week), rows in groups.items()
        ]
        return sorted(found, key=lambda group: (-group.points, group.type, group.person_label, group.week))


def ledger(
    account: AccountFacts,
    evidence: Evidence,
    signals: Signals,
    contacts: Contacts,
    model: Model,
    as_of: datetime,
) -> Ledger:
    """The ledger of one account, whose columns hold only its rows (`evidence.of(place)` and so on).

    ValueError when the columns hold rows of other accounts or carry no activity ids.
    """
    if any(
        len(column) and column[-1] != 0 for column in (evidence.account, signals.account, contacts.account)
    ):
        raise ValueError(f"the columns hold rows of accounts other than {account.key!r}; use .of(place)")
    if len(evidence.ids) != len(evidence.account):
        raise ValueError("a ledger needs the activities' ids")
    scores = score([account], evidence, signals, contacts, model, as_of).row(0)
    now = epoch_seconds(as_of)
    engaged = engagement(evidence, model, now, 1)
    parts = (
        (model.spec.priority.fit, _with_rounding("fit", scores.fit, list(fit_rows(account, model)))),
        (model.spec.priority.engagement, list(_activity_rows(evidence, engaged, scores, model))),
        (model.spec.priority.intent, list(signal_rows(signals, model, now, scores))),
    )
    total = fsum(weight for weight, _ in parts)
    rows = [
        replace(row, priority_points=weight * row.points / total) for weight, part in parts for row in part
    ]
    rest = scores.priority - fsum(row.priority_points for row in rows)
    if abs(rest) > _TOLERANCE:
        rows.append(_rounding("priority", rest, priority_points=rest))
    return Ledger(scores, tuple(rows), model.version)


def fit_rows(account: AccountFacts, model: Model) -> Iterator[LedgerRow]:
    """A row a rule, and one for what the clip cuts."""
    result = fit([account], model)
    for place, rule in enumerate(model.tables.rules):
        known = bool(result.known[place, 0])
        yield LedgerRow(
            score="fit",
            source="fit_rule",
            key=rule.name,
            subject=rule.field,
            points=100.0 * int(result.points[place, 0]) / result.possible,
            detail=show(account.fields.get(rule.field), rule.field) if known else "unknown",
            note="" if known else "unknown earns a share of the rule's largest band",
        )
    whole = 100.0 * int(result.points.sum()) / result.possible
    if whole < 0:
        yield LedgerRow("fit", "floor", "floor", "floor", -whole, note="a fit is never below 0")
    if whole > 100:  # noqa: PLR2004 - the top of every score
        yield LedgerRow(
            "fit", "ceiling", "ceiling", "ceiling", 100.0 - whole, note="a fit is never above 100"
        )


def _activity_rows(
    evidence: Evidence, engaged: Engagement, scores: AccountScore, model: Model
) -> Iterator[LedgerRow]:
    """Each activity's share of the engagement is its share of what the account's channels keep.

    The share is not rounded, unlike what a person keeps in micro-points, so that no score is left over.
    """
    rows, total = engaged.rows, int(engaged.kept[0])
    channel_kept = np.minimum(rows.channel_raw, model.tables.activities.caps[rows.channel])
    columns = (rows.row, rows.points, rows.over_daily_cap, rows.channel, rows.channel_raw, channel_kept)
    labels = evidence.people.labels(set(evidence.person[rows.row].tolist()))
    for row, points, over, channel, raw, kept in zip(*(column.tolist() for column in columns), strict=True):
        at = datetime.fromtimestamp(int(evidence.occurred_at[row]), UTC)
        person = int(evidence.person[row])
        yield LedgerRow(
            score="engagement",
            source="activity",
            key=str(evidence.ids[row]),
            subject=evidence.types[evidence.type[row]],
            points=scores.engagement * (points * kept / raw) / total if points and total else 0.0,
            attention=points / MICRO,
            person=person,
            person_label=labels[person],
            at=at,
            week=_week(int(evidence.day[row])),
            note=_cut_note(model, channel, raw, over=over),
            channel=model.tables.activities.channels[channel],
            kept=points * kept / raw / MICRO if raw else 0.0,
            over_daily_cap=over,
        )


def _cut_note(model: Model, channel: int, raw: int, *, over: bool) -> str:
    if over:
        return f"beyond {model.spec.engagement.max_per_day} of one person, type and day"
    table = model.tables.activities
    cap = cap_points(table, channel)
    if cap is None or raw <= cap * MICRO:
        return ""
    return f"{table.channels[channel]} keeps {100 * cap * MICRO / raw:.1f}% (cap {cap:g} points)"


def signal_rows(signals: Signals, model: Model, now: int, scores: AccountScore) -> Iterator[LedgerRow]:
    """A row a signal that had been seen by `now`, in epoch seconds; the columns hold one account's."""
    result = intent(signals, model, now, 1)
    total, newest = int(result.attention[0]), set(result.newest.tolist())
    for place, (row, points) in enumerate(zip(result.row.tolist(), result.points.tolist(), strict=True)):
        kind, topic = signals.topics[signals.topic[row]]
        at = datetime.fromtimestamp(int(signals.observed_at[row]), UTC)
        note = "" if points else "too weak or too old" if place in newest else "a newer signal replaces it"
        yield LedgerRow(
            score="intent",
            source="signal",
            key=str(signals.ids[row]),
            subject=f"{kind} {topic}".strip(),
            points=scores.intent * points / total if total else 0.0,
            detail=signals.sources[signals.source[row]],
            attention=points / MICRO,
            at=at,
            week=_week(int(signals.observed_at[row]) // SECONDS_PER_DAY),
            note=note,
        )


def _with_rounding(name: str, stored: float, rows: list[LedgerRow]) -> list[LedgerRow]:
    rest = stored - fsum(row.points for row in rows)
    return [*rows, _rounding(name, rest)] if abs(rest) > _TOLERANCE else rows


def _rounding(name: str, rest: float, priority_points: float = 0.0) -> LedgerRow:
    note = "stored scores have 6 decimals"
    return LedgerRow(
        name, "rounding", "rounding", "rounding", rest, priority_points=priority_points, note=note
    )


@lru_cache(maxsize=4096)
def _week(day: int) -> str:
    year, week, _ = datetime.fromtimestamp(day * SECONDS_PER_DAY, UTC).isocalendar()
    return f"{year}-W{week:02}"


def show(value: Value, field: str = "") -> str:
    """A field's value for a reader: numbers with thousands separators, truth as yes and no.

    A year is no quantity: where the field's name ends in "year", numbers of four digits have no separator.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if field.casefold().endswith("year") and 0 <= value <= _LAST_YEAR:
            return f"{value:.0f}"
        return f"{value:,.0f}" if value == int(value) else f"{value:,}"
    return " ".join(str(value).split())
