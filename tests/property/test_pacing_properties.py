"""Calls keep to a rolling window however they come and whoever makes them, and waste little of it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connectors.pacing import LATE_SECONDS, LocalMeter, Pacer
from connectors.transport import Timing
from core.meters import Allowed, CallLog

_ROUNDING = 0.003
"""Instants are counted in whole milliseconds."""


@given(
    st.lists(st.tuples(st.floats(0, 3) | st.just(0.0), st.integers(0, 2)), min_size=1, max_size=120),
    st.integers(1, 30),
    st.floats(0.5, 10),
    st.floats(0, 1e6),
)
def test_no_rolling_window_ever_holds_more_calls_than_allowed(
    calls: list[tuple[float, int]], limit: int, seconds: float, start: float
) -> None:
    now = start

    def sleep(pause: float) -> None:
        nonlocal now
        assert pause > 0
        now += pause

    timing = Timing(lambda: now, sleep)
    meter = LocalMeter(timing)
    processes = [Pacer("default", Allowed(limit, seconds), meter, timing) for _ in range(3)]
    sent = []
    for gap, which in calls:
        now += gap
        processes[which].wait()
        sent.append(now)
    for first, last in zip(sent, sent[limit:], strict=False):
        assert last - first >= seconds - LATE_SECONDS - _ROUNDING - 1e-9 * now


@given(st.integers(1, 300), st.floats(0.5, 20), st.integers(1, 40), st.integers(0, 10**13))
def test_who_always_asks_gets_nearly_all_that_is_allowed(
    limit: int, seconds: float, portion: int, now: int
) -> None:
    log, allowed = CallLog(), Allowed(limit, seconds)
    given_at: list[float] = []
    windows = 4
    while len(given_at) < limit * windows + 1:
        given_at += [now + 1000 * wait for wait in log.take(portion, allowed, now)]
        now = max(now, int(given_at[-1]))
    assert all(after >= before - 1 for before, after in pairwise(given_at))
    took = (given_at[limit * windows] - given_at[0]) / 1000
    # What is lost is the rest of the part of a window (1/400) that each call falls into.
    assert took <= windows * seconds * (1 + 2 / 400) + 0.01


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=30), st.integers(1, 50))
def test_a_clock_that_jumps_holds_nobody_up_for_long(clocks: list[int], limit: int) -> None:
    log, allowed = CallLog(), Allowed(limit, 10.0)
    for now in clocks:
        assert all(-0.001 <= wait <= 200 for wait in log.take(1, allowed, now))
