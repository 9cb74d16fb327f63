"""The bench's measuring: in a process of its own, and only what the watch was told to."""

import os

import pytest

from bench.measure import Watch, in_child, median_of

_ROUNDS = 3_000_000


def spend(watch: Watch, prepared: int, measured: int) -> int:
    _turn(prepared)
    with watch:
        _turn(measured)
    return os.getpid()


def fail(_watch: Watch, message: str) -> int:
    raise ValueError(message)


def _turn(rounds: int) -> None:
    for _ in range(rounds):
        pass


def test_work_runs_in_another_process_and_its_cost_comes_back() -> None:
    measured = in_child(spend, 0, _ROUNDS)

    assert measured.value != os.getpid()
    assert measured.cpu_seconds > 0
    assert measured.wall_seconds > 0
    assert measured.peak_rss_mb > 1


def test_preparation_is_not_measured() -> None:
    prepared, worked = in_child(spend, _ROUNDS, 0), in_child(spend, 0, _ROUNDS)

    assert prepared.cpu_seconds < worked.cpu_seconds / 10


def test_the_error_of_the_work_is_ours() -> None:
    with pytest.raises(ValueError, match="no such world"):
        in_child(fail, "no such world")


def test_each_run_of_a_median_has_a_process_of_its_own() -> None:
    assert median_of(3, spend, 0, 0).value != os.getpid()


def test_a_watch_adds_up() -> None:
    watch = Watch()
    with watch:
        _turn(1000)
    first = watch.wall_seconds
    with watch:
        _turn(1000)

    assert watch.wall_seconds > first > 0
