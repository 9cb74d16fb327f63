"""No look-ahead: whatever is dated after an instant never changes what is replayed at it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import millis
from scoring.evidence import ActivityRow, Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.model import DEFAULT_MODEL, load_model
from scoring.people import People, PersonRow
from scoring.ranges import FactsInMemory
from scoring.signals import SignalRow, Signals
from store.deals import DealRow
from sync.backtest import Question, scores_at
from sync.outcomes import Deals, outcome

AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
INSTANT = AS_OF - timedelta(days=60)
MODEL = load_model(DEFAULT_MODEL)
QUESTION = Question(MODEL, AS_OF, candidate=MODEL)
KEYS = ("a", "b", "c")
PEOPLE = People.from_rows([PersonRow("p", "Jo Roe", "VP Sales"), PersonRow("q", "Al Poe")])

SECONDS = st.integers(0, 100 * 86_400)
ACTIVITIES = st.lists(
    st.tuples(
        st.sampled_from(KEYS),
        st.sampled_from([None, "p", "q"]),
        st.sampled_from(["meeting", "email_open"]),
        SECONDS,
    ),
    max_size=12,
)
SIGNALS = st.lists(st.tuples(st.sampled_from(KEYS), st.integers(60, 100), SECONDS), max_size=6)
DEALS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 200), st.none() | st.integers(0, 200), st.booleans()),
    max_size=12,
)


def facts(activities: list[ActivityRow], signals: list[SignalRow]) -> FactsInMemory:
    return FactsInMemory(
        accounts=tuple(AccountFacts(key, {"industry": "Software"}) for key in KEYS),
        evidence=Evidence.from_rows(KEYS, PEOPLE, activities),
        signals=Signals.from_rows(KEYS, signals),
        contacts=Contacts.none(PEOPLE),
    )


def activities(rows: Sequence[tuple[str, str | None, str, int]], sign: int) -> list[ActivityRow]:
    """Rows so many seconds before the instant (sign -1, the instant itself included) or after it (sign 1)."""
    at = int(INSTANT.timestamp())
    return [
        ActivityRow(f"{sign}-{number}", account, person, kind, at + sign * (seconds + (sign > 0)), 30)
        for number, (account, person, kind, seconds) in enumerate(rows)
    ]


def signals(rows: list[tuple[str, int, int]], sign: int) -> list[SignalRow]:
    at = int(INSTANT.timestamp())
    return [
        SignalRow(
            f"{sign}-{number}", account, "g2", "topic", "abm", strength, at + sign * (seconds + (sign > 0))
        )
        for number, (account, strength, seconds) in enumerate(rows)
    ]


@given(ACTIVITIES, ACTIVITIES, SIGNALS, SIGNALS)
@settings(max_examples=80, deadline=None)
def test_facts_dated_later_never_change_a_score(
    past: list[tuple[str, str | None, str, int]],
    future: list[tuple[str, str | None, str, int]],
    told: list[tuple[str, int, int]],
    untold: list[tuple[str, int, int]],
) -> None:
    known = facts(activities(past, -1), signals(told, -1))
    later = facts(activities(past, -1) + activities(future, 1), signals(told, -1) + signals(untold, 1))
    then, now = scores_at(known, QUESTION, INSTANT), scores_at(later, QUESTION, INSTANT)
    assert then.keys() == now.keys()
    for name, scores in then.items():
        assert scores.tobytes() == now[name].tobytes(), name


def test_an_activity_of_the_instant_itself_counts_and_one_of_a_second_later_does_not() -> None:
    row = [("a", "p", "meeting", 0)]
    on_time = scores_at(facts(activities(row, -1), []), QUESTION, INSTANT)["engagement only"]
    late = scores_at(facts(activities(row, 1), []), QUESTION, INSTANT)["engagement only"]
    assert on_time[0] > 0
    assert late.tolist() == [0.0, 0.0, 0.0]


def deal_rows(rows: list[tuple[int, int, int | None, bool]], first_day: int) -> list[DealRow]:
    """Deals made so many days after INSTANT + first_day, closed so many days later or open."""
    made = []
    for account, day, lasts, won in rows:
        created = millis(INSTANT) + (first_day + day) * 86_400_000
        closed = None if lasts is None else created + lasts * 86_400_000
        made.append(DealRow(account + 1, created, closed, closed is not None, won and closed is not None))
    return made


@given(DEALS, DEALS)
@settings(max_examples=80, deadline=None)
def test_who_could_buy_does_not_depend_on_what_came_after_the_week(
    before: list[tuple[int, int, int | None, bool]], after: list[tuple[int, int, int | None, bool]]
) -> None:
    week = INSTANT + timedelta(days=30)
    places, end = {1: 0, 2: 1, 3: 2}, millis(AS_OF + timedelta(days=1000))
    past = deal_rows(before, -200)
    past = [row for row in past if row.created_at < millis(week) + 7 * 86_400_000]
    one = outcome(Deals.from_rows(past, places, end), INSTANT, week, 3)
    two = outcome(Deals.from_rows([*past, *deal_rows(after, 37)], places, end), INSTANT, week, 3)
    for name in ("free", "created", "won", "undecided"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


@given(DEALS)
@settings(max_examples=80, deadline=None)
def test_how_an_earlier_deal_ended_is_not_known_before_it_ended(
    rows: list[tuple[int, int, int | None, bool]],
) -> None:
    """An account with a deal that was open at the instant is out, whether that deal was won, lost or neither."""
    week = INSTANT + timedelta(days=30)
    places, end = {1: 0, 2: 1, 3: 2}, millis(AS_OF + timedelta(days=1000))
    made = [row for row in deal_rows(rows, -200) if row.created_at < millis(week)]
    was_open = [row for row in made if row.closed_at is None or row.closed_at > millis(INSTANT)]
    found = outcome(Deals.from_rows(was_open, places, end), INSTANT, week, 3)
    assert {place + 1 for place in np.flatnonzero(~found.free)} == {row.account_id for row in was_open}
