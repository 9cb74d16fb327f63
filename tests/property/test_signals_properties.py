"""Signals are kept once: how often, in which order and in which portions they come changes nothing."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.signals import SIGNAL_KINDS, Signal, SignalFault, read_signal
from store.database import Database
from store.signals import Kept, keep_signals
from tests.worlds import new_database

NOW = datetime(2026, 11, 22, tzinfo=UTC)
_SOME = settings(max_examples=25, deadline=None)

rows = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["g2", "bombora"]),
        "domain": st.sampled_from(["acme.com", "https://www.acme.com", "beta.com"]),
        "kind": st.sampled_from(SIGNAL_KINDS),
        "topic": st.sampled_from(["", "crm", "data  lakes"]),
        "strength": st.sampled_from([0, "60", 85.5, 100.0]),
        "observed_at": st.sampled_from(["2026-11-01", "2026-11-01T00:00:00Z", "2026-11-20T10:00:00+02:00"]),
    }
)
unnamed = st.lists(rows.map(lambda row: read_signal(row, NOW)), max_size=12)
"""Signals without ids of their own."""


@st.composite
def named(draw: st.DrawFn) -> list[Signal]:
    """Signals with ids of their own, which are read again and again; one reading an instant and id."""
    chosen = draw(st.sets(st.tuples(st.sampled_from("xyz"), st.integers(0, 5)), max_size=12))
    return [
        read_signal({**draw(rows), "source": "g2", "id": id_, "observed_at": NOW - timedelta(days=days)}, NOW)
        for id_, days in sorted(chosen)
    ]


@contextmanager
def empty() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = new_database(Path(folder))
        try:
            yield database
        finally:
            database.close()


def after(portions: Sequence[Sequence[Signal]]) -> set[tuple[object, ...]]:
    """What the table holds after the portions, without when it was imported."""
    with empty() as database:
        for number, portion in enumerate(portions):
            keep_signals(database, portion, now_ms=number)
        with database.read() as reader:
            statement = "SELECT source, id, domain, kind, topic, strength, observed_at FROM signal"
            return {tuple(row) for row in reader.exec_driver_sql(statement)}


@_SOME
@given(st.one_of(unnamed, named()), st.data())
def test_any_order_and_any_split_end_the_same(signals: list[Signal], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(signals))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(signals)), max_size=3)))
    edges = [0, *cuts, len(signals)]
    portions = [shuffled[start:end] for start, end in pairwise(edges)]
    assert after(portions) == after([signals])


@_SOME
@given(st.one_of(unnamed, named()))
def test_twice_is_once(signals: list[Signal]) -> None:
    assert after([signals, signals]) == after([signals]) == after([[*signals, *signals]])
    with empty() as database:
        keep_signals(database, signals, now_ms=1)
        again = keep_signals(database, signals, now_ms=2)
    assert set(again) <= {Kept.UNCHANGED, Kept.OLDER}


@_SOME
@given(unnamed)
def test_every_outcome_is_told(signals: list[Signal]) -> None:
    with empty() as database:
        kept = keep_signals(database, signals, now_ms=1)
    assert len(kept) == len(signals)
    assert kept.count(Kept.NEW) == len({(signal.source, signal.id) for signal in signals})


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.lists(st.text()),
)


@settings(max_examples=300, deadline=None)
@given(
    rows, st.sampled_from(["source", "domain", "kind", "topic", "strength", "observed_at", "id"]), anything
)
def test_whatever_stands_in_a_row_it_is_read_or_refused(
    row: dict[str, object], column: str, value: object
) -> None:
    found = read_or_fault({**row, column: value})
    if isinstance(found, SignalFault):
        assert found.column == column
        assert str(found).isprintable()
        return
    assert 0 <= found.strength <= 100
    assert found.kind in SIGNAL_KINDS
    assert found.observed_at <= NOW + timedelta(days=1)
    assert read_signal({**found._asdict(), "id": ""}, NOW)[2:] == found[2:]


def read_or_fault(row: dict[str, object]) -> Signal | SignalFault:
    try:
        return read_signal(row, NOW)
    except SignalFault as fault:
        return fault
