"""An account as it would be: after actions of the team, or when the last weeks go on as they were."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from scoring.compiled import ROLE_MASKS
from scoring.evidence import UNKNOWN_MINUTES, Evidence
from scoring.model import Model
from scoring.people import People
from scoring.points import fresh_points
from scoring.signals import Signals
from scoring.single import OneAccount
from scoring.spec import SENIORITIES
from scoring.units import MICRO, SECONDS_PER_DAY, epoch_seconds

PACE_DAYS = 28
"""The pace is what happened in so many days; the future repeats them."""
MOST_DAYS = 91
"""A pace is followed for 13 weeks: nobody plans on more."""


@dataclass(frozen=True, slots=True)
class Action:
    """So many activities of one type on one day, of one person the account has not engaged yet."""

    type: str
    seniority: str
    minutes: int | None
    times: int


def with_action(account: OneAccount, action: Action, as_of: datetime) -> OneAccount:
    """The account as if the action had just been taken, with somebody it does not know yet."""
    evidence, count = account.evidence, action.times
    people = _with_newcomer(evidence.people, action.seniority)
    types = evidence.types if action.type in evidence.types else (*evidence.types, action.type)
    now = epoch_seconds(as_of)
    minutes = UNKNOWN_MINUTES if action.minutes is None else action.minutes
    ids = np.array([f"proposed {number}" for number in range(count)], dtype=np.object_)
    added = Evidence(
        people=people,
        types=types,
        account=np.append(evidence.account, np.zeros(count, dtype=np.int64)),
        person=np.append(evidence.person, np.full(count, len(people.ids) - 1)),
        type=np.append(evidence.type, np.full(count, types.index(action.type))),
        day=np.append(evidence.day, np.full(count, now // SECONDS_PER_DAY)),
        occurred_at=np.append(evidence.occurred_at, np.full(count, now)),
        minutes=np.append(evidence.minutes, np.full(count, minutes)),
        ids=np.append(evidence.ids, ids),
    )
    return account.with_evidence(added.in_order())


def _with_newcomer(people: People, seniority: str) -> People:
    """Everybody, and at the end one person of that seniority without a buying role."""
    level = SENIORITIES.index(seniority)
    codes = people.role_codes
    return replace(
        people,
        ids=(*people.ids, "somebody new"),
        names=(*people.names, "somebody new"),
        titles=(*people.titles, ""),
        seniority=np.append(people.seniority, level),
        roles=np.append(people.roles, 0),
        confirmed=np.append(people.confirmed, False),
        confidence=np.append(people.confidence, 0.0),
        role_codes=np.concatenate([codes[:-1], [level * ROLE_MASKS], codes[-1:]]),
    )


def at_same_pace(account: OneAccount, as_of: datetime) -> OneAccount:
    """The account whose last 28 days happen again and again, for the next 13 weeks."""
    evidence, now = account.evidence, epoch_seconds(as_of)
    span = PACE_DAYS * SECONDS_PER_DAY
    recent = np.flatnonzero((evidence.occurred_at > now - span) & (evidence.occurred_at <= now))
    known = np.flatnonzero(evidence.occurred_at <= now)
    repeats = range(1, -(-MOST_DAYS // PACE_DAYS) + 1)
    rows = np.concatenate([known, *(recent for _ in repeats)])
    shift = np.concatenate(
        [np.zeros(len(known), dtype=np.int64), *(np.full(len(recent), n) for n in repeats)]
    )
    names = [f"{id_}+{n}" if n else id_ for id_, n in zip(evidence.ids[rows], shift.tolist(), strict=True)]
    ids = np.empty(len(names), dtype=np.object_)
    ids[:] = names
    repeated = replace(
        evidence,
        account=evidence.account[rows],
        person=evidence.person[rows],
        type=evidence.type[rows],
        day=evidence.day[rows] + shift * PACE_DAYS,
        occurred_at=evidence.occurred_at[rows] + shift * span,
        minutes=evidence.minutes[rows],
        ids=ids,
    )
    return replace(account, evidence=repeated.in_order(), signals=_seen(account.signals, now))


def _seen(signals: Signals, now: int) -> Signals:
    """The signals that had been observed by now: a past instant must not foresee the later ones."""
    rows = signals.observed_at <= now
    return replace(
        signals,
        account=signals.account[rows],
        source=signals.source[rows],
        topic=signals.topic[rows],
        strength=signals.strength[rows],
        observed_at=signals.observed_at[rows],
        ids=signals.ids[rows],
    )


def points_per_day(account: OneAccount, model: Model, as_of: datetime) -> float:
    """Attention points that the last 28 days brought a day, each on its own day: no decay, no caps."""
    evidence, now = account.evidence, epoch_seconds(as_of)
    recent = (evidence.occurred_at > now - PACE_DAYS * SECONDS_PER_DAY) & (evidence.occurred_at <= now)
    return int(fresh_points(evidence, model)[recent].sum()) / MICRO / PACE_DAYS
