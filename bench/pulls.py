"""What both CRMs measure alike: pull and land everything, and read contacts without storing them."""

from collections.abc import Generator
from functools import partial
from typing import Any

from bench.areas import Options
from bench.clients import pull_and_land, pull_only
from bench.measure import in_child, median_of
from bench.rows import Row, figure
from bench.servers import Emulator

PER = 100_000
"""CPU seconds are given for so many records."""
_RUNS = 3
_PULL, _READ = "pull and land into SQLite", "read contacts, store nothing"


def pull_rows(
    area: str, crm: Emulator, options: Options, *, records: int, least_calls: int, **more: Any
) -> Generator[Row, None, tuple[Row, Row]]:
    """Rows of a full pull; returns the CPU rows of pull-and-land and of reading alone, for the peers.

    `records` is what must arrive, or there is no figure; `least_calls` are the fewest full pages. `more` are
    settings of the connection.
    """
    runs = 1 if options.quick else _RUNS
    measured = median_of(runs, partial(pull_and_land, **more), area, crm.url)
    done = measured.value
    done.must_be(records)
    name = _PULL
    yield figure(area, name, done.records, "records")
    cpu = figure(area, name, measured.cpu_seconds / done.records * PER, "CPU s/100k", at_most=2.0)
    yield cpu
    yield figure(area, name, done.records / measured.wall_seconds, "records/s (wall)")
    yield figure(area, name, measured.peak_rss_mb, "MB peak", at_most=120)
    yield figure(area, name, done.total_calls, "calls")
    yield figure(area, name, done.total_calls - least_calls, "calls over the fewest pages")
    read = median_of(runs, partial(pull_only, **more), area, crm.url)
    alone = figure(area, _READ, read.cpu_seconds / read.value.records * PER, "CPU s/100k")
    yield alone
    return cpu, alone


def measured_again(area: str, crm: Emulator, **more: Any) -> tuple[Row, Row]:
    """One more run of each: the CPU rows of pull-and-land and of reading alone."""
    works = (partial(pull_and_land, **more), partial(pull_only, **more))
    landed, read = (in_child(work, area, crm.url) for work in works)
    stored, alone = (
        figure(area, name, one.cpu_seconds / one.value.records * PER, "CPU s/100k")
        for name, one in zip((_PULL, _READ), (landed, read), strict=True)
    )
    return stored, alone
