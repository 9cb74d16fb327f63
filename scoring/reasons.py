"""The reasons for an account's scores, as one text for the sales rep who reads the record.

Every number comes from the ledger: a row's points, a sum of rows, or the score they sum to. Many accounts at once
need no row an activity: `reasons` sums columns by person and type and comes to the same text.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import fsum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.engagement import Engagement, engagement
from scoring.kernel import AccountScore
from scoring.ledger import Ledger, fit_rows, signal_rows
from scoring.model import Model
from scoring.ranges import FactsInMemory
from scoring.standing import LABELS
from scoring.units import epoch_seconds
from scoring.words import (
    BAND_WORDS,
    TREND_WORDS,
    activity_words,
    fit_words,
    gap_text,
    short_text,
    signal_words,
)

MAX_LENGTH = 1000
"""Characters the field `why` holds."""
_MOST_ITEMS = 5
_SHOWN = 0.05
"""Points below this would read as 0.0."""
_ALIKE, _NEARLY = 6, 1e-9
"""Decimals in which points are told apart, and a share that is none: sums of another order differ in the last bits."""

Column = NDArray[Any]
Item = tuple[str, float]
"""Something in words, and the points it brought."""


class Reasons(NamedTuple):
    """What stands behind one account's scores; of the activities at least the largest groups."""

    scores: AccountScore
    fit: Sequence[Item]
    activities: Sequence[Item]
    signals: Sequence[Item]
    model_version: str


class _Groups(NamedTuple):
    """Activities of one person and type that earned points, by account, largest first."""

    account: Column
    person: Column
    type: Column
    activities: Column
    points: Column


def why(found: Reasons, tier: str | None = None) -> str:
    """The reasons in at most 1,000 characters; tier is shown beside the priority."""
    texts = (_text(found, tier, items) for items in range(_MOST_ITEMS, -1, -1))
    return next(text for text in texts if len(text) <= MAX_LENGTH)


def reasons_of(ledger: Ledger) -> Reasons:
    """The reasons that a ledger holds."""
    groups = ledger.activity_groups(by_week=False)
    return Reasons(
        scores=ledger.scores,
        fit=[(fit_words(row), row.points) for row in ledger.of("fit")],
        activities=[(activity_words(g.type, g.count, g.person_label), g.points) for g in groups],
        signals=[(signal_words(row), row.points) for row in ledger.of("intent") if row.points > 0],
        model_version=ledger.model_version,
    )


def reasons(
    facts: FactsInMemory, scores: Sequence[AccountScore], model: Model, as_of: datetime
) -> list[Reasons]:
    """The reasons of every account of the facts, whose scores at `as_of` are given in the same order."""
    now = epoch_seconds(as_of)
    activities = _activities(facts, scores, engagement(facts.evidence, model, now, len(scores)), model)
    return [
        Reasons(
            scores=found,
            fit=[(fit_words(row), row.points) for row in fit_rows(account, model)],
            activities=activities[place],
            signals=[
                (signal_words(row), row.points)
                for row in (signal_rows(facts.signals.of(place), model, now, found) if found.intent else ())
                if row.points > 0
            ],
            model_version=model.version,
        )
        for place, (account, found) in enumerate(zip(facts.accounts, scores, strict=True))
    ]


def _activities(
    facts: FactsInMemory, scores: Sequence[AccountScore], engaged: Engagement, model: Model
) -> list[list[Item]]:
    """The largest groups of each account in words, with what they brought to its engagement."""
    groups = _largest(_groups(engaged))
    labels = facts.evidence.people.labels(set(groups.person.tolist()))
    names = tuple(model.tables.activities.types)
    items: list[list[Item]] = [[] for _ in scores]
    for account, person, type_, count, points in zip(*(column.tolist() for column in groups), strict=True):
        share = scores[account].engagement * points / int(engaged.kept[account])
        items[account].append((activity_words(names[type_], count, labels[person]), share))
    return items


def _groups(engaged: Engagement) -> _Groups:
    counted, types = engaged.counted, len(engaged.table.channel)
    person = np.repeat(np.arange(len(counted.persons)), np.diff(counted.persons, append=len(counted.row)))
    cell = person * types + counted.type
    size = len(counted.persons) * types
    points = np.bincount(cell, weights=counted.points, minlength=size)
    count = np.bincount(cell[counted.points > 0], minlength=size)
    filled = np.flatnonzero(points)
    type_, first = filled % types, counted.persons[filled // types]
    account, channel = counted.account[first], engaged.table.channel[type_]
    raw = engaged.channels[account, channel]
    kept = points[filled] * np.minimum(raw, engaged.table.caps[channel]) / raw
    order = np.lexsort((-kept, account))
    columns = (account, counted.person[first], type_, count[filled], kept)
    return _Groups(*(column[order] for column in columns))


def _largest(groups: _Groups) -> _Groups:
    """What can be named: of each account the largest, and all that equal the last of these."""
    starts = np.flatnonzero(np.diff(groups.account, prepend=-1))
    sizes = np.diff(starts, append=len(groups.account))
    last = np.minimum(starts + _MOST_ITEMS, starts + sizes) - 1
    kept = np.flatnonzero(groups.points >= np.repeat(groups.points[last], sizes) * (1 - _NEARLY))
    return _Groups(*(column[kept] for column in groups))


def _text(found: Reasons, tier: str | None, items: int) -> str:
    return " ".join(_sentences(found, f" ({LABELS[tier]})" if tier else "", items))


def _sentences(found: Reasons, place: str, items: int) -> Iterator[str]:
    scores = found.scores
    fit, engaged = f"Fit {scores.fit:.1f}", f"Engagement {scores.engagement:.1f}"
    yield f"Priority {scores.priority:.1f}{place}."
    if scores.exclusion:
        yield f"Excluded: {short_text(scores.exclusion)}."
    whole_fit = fsum(points for _, points in found.fit)
    yield _part(f"{fit} ({BAND_WORDS[scores.fit_band]})", found.fit, whole_fit, items)
    trend = TREND_WORDS[scores.engagement_trend]
    yield _part(f"{engaged} ({trend})", found.activities, scores.engagement, items)
    yield _part(f"Intent {scores.intent:.1f}", found.signals, scores.intent, items)
    yield f"Missing roles: {gap_text(scores.gap)}." if scores.gap else "Buying group complete."
    yield f"Model {found.model_version}."


def _part(head: str, found: Sequence[Item], whole: float, items: int) -> str:
    """One score: its largest items in words, and the rest of the whole as one sum."""
    named = sorted(found, key=lambda item: (-round(abs(item[1]), _ALIKE), item[0]))[:items]
    named = [item for item in named if abs(item[1]) >= _SHOWN]
    rest = whole - fsum(points for _, points in named)
    words = [f"{text} {points:+.1f}" for text, points in named]
    if abs(rest) >= _SHOWN:
        words.append(f"{'other' if words else 'in all'} {rest:+.1f}")
    return f"{head}: {', '.join(words)}." if words else f"{head}."
