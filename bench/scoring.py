"""Scoring: the kernel over columns in memory and in files, and the whole step with its reading out of SQLite.

Sizes: S has 10,000 accounts, 100,000 contacts, 1,000,000 activities; M ten times as many; L 1,000,000,
5,000,000 and 100,000,000, from files alone.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.areas import Options
from bench.measure import in_child, median_of
from bench.peer_runs import Ours, compare
from bench.rows import Row, figure
from bench.scoring_files import (
    NOW,
    SIZES,
    FactsInFiles,
    Size,
    engagement_from_files,
    engagement_in_memory,
    read_only,
    score_from_files,
    types,
    write_world,
)
from bench.scoring_store import landed_measured, match_measured, score_measured, touched_measured
from scoring.model import DEFAULT_MODEL, load_model

AREA = "scoring"
_TOUCHED, _RUNS = 100, 3
_PER, _MILLION = 100_000, 1_000_000
_MOST_TIMES, _LEAST_TIMES = 15, 6
"""Goals at size M."""
_MOST_SECONDS, _MOST_MB, _MOST_MB_IN_FILES = 8, 1200, 2000


def measure(options: Options) -> Iterator[Row]:
    """The size that was asked for; the largest one from files alone."""
    size, runs = SIZES[options.world_size], 1 if options.quick or options.world_size == "L" else _RUNS
    with TemporaryDirectory() as folder:
        in_child(write_world, folder, size)
        if options.world_size != "L":
            yield from _pass(folder, runs)
        yield from _files(options, folder, size, runs)
    if options.world_size != "L":
        yield from _store(size)


def _pass(folder: str, runs: int) -> Iterator[Row]:
    """Engagement beside the least that a look at the same columns can cost, both in memory."""
    floor = median_of(runs, read_only, folder)
    yield figure(AREA, "bare numpy read of the evidence columns, in memory", floor.cpu_seconds, "CPU s")
    found = median_of(runs, engagement_in_memory, folder)
    yield figure(AREA, "engagement of all accounts, in memory", found.cpu_seconds, "CPU s")
    times = found.cpu_seconds / floor.cpu_seconds
    yield figure(AREA, "the same", times, "times the bare read", at_most=_MOST_TIMES)


def _files(options: Options, folder: str, size: Size, runs: int) -> Iterator[Row]:
    found = median_of(runs, engagement_from_files, folder)
    ours = figure(
        AREA, "engagement from column files", found.cpu_seconds / size.activities * _PER, "CPU s/100k"
    )
    yield ours
    if options.peers:
        _write_tables(folder)
        expected = (folder, str(found.value))
        goals = {"scoring_duckdb": _LEAST_TIMES}
        yield from compare(AREA, Ours(ours, ours, size.activities, goals), options.say, *expected)
    whole = median_of(runs, score_from_files, folder)
    name = "score all accounts and give tiers, from column files"
    yield figure(AREA, name, whole.cpu_seconds, "CPU s")
    yield figure(AREA, name, whole.cpu_seconds / size.activities * _MILLION, "CPU s a million activities")
    yield figure(AREA, name, whole.wall_seconds, "s (wall)")
    yield figure(AREA, name, whole.peak_rss_mb, "MB peak", at_most=_MOST_MB_IN_FILES)


def _store(size: Size) -> Iterator[Row]:
    """The whole step out of SQLite; goals are those of size M."""
    with TemporaryDirectory() as folder:
        matched = in_child(match_measured, folder, size.activities)
        yield figure(AREA, "match all records, build the evidence", matched.cpu_seconds, "CPU s")
        scored = in_child(score_measured, folder)
        whole = "read facts from SQLite, score, give tiers, reasons of those in a tier, store"
        yield figure(AREA, whole, scored.cpu_seconds, "CPU s")
        yield figure(AREA, whole, scored.wall_seconds, "s (wall)", at_most=_MOST_SECONDS)
        yield figure(AREA, whole, scored.peak_rss_mb, "MB peak", at_most=_MOST_MB)
        touched = in_child(touched_measured, folder, _TOUCHED)
        name = f"read {_TOUCHED} touched accounts from SQLite, score"
        yield figure(AREA, name, touched.cpu_seconds, "CPU s", at_most=0.3)
        landed = in_child(landed_measured, folder, _TOUCHED)
        yield figure(AREA, f"land {_TOUCHED} activities, refresh the evidence", landed.cpu_seconds, "CPU s")


def _write_tables(folder: str) -> None:
    """The model as .npy files, for tools that bring their own arithmetic."""
    model, home = load_model(DEFAULT_MODEL), Path(folder)
    table, spec = model.tables.activities, model.spec.engagement
    codes = [table.types[name] for name in types()]
    for name in ("channel", "points", "per_minute", "max_minutes", "decay"):
        np.save(home / f"type_{name}.npy", getattr(table, name)[codes])
    np.save(home / "caps.npy", table.caps)
    np.save(home / "breadth.npy", table.breadth)
    np.save(home / "role.npy", table.roles[FactsInFiles.open(folder).people.role_codes[:-1]])
    numbers = [NOW, spec.cut_days, spec.max_per_day, table.min_person_points, table.half_score_points]
    np.save(home / "numbers.npy", np.array(numbers))
