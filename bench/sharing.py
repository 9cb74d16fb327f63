"""What scoring every account out of PostgreSQL costs one worker alone, and one that another one helps."""

from collections.abc import Iterator, Sequence
from multiprocessing.process import BaseProcess
from statistics import median
from typing import NamedTuple

import psutil

from bench.areas import Options
from bench.measure import Watch, in_child
from bench.rows import Row, figure
from bench.scoring_store import ACTIVITIES_AN_ACCOUNT, AS_OF, fill
from scoring.model import DEFAULT_MODEL, load_model
from store.database import open_database
from sync.scored import compute
from sync.shards import Sharing
from tests.postgres import serve
from tests.shards import workers

AREA = "service"
_ACTIVITIES = 2_000_000
_SHARDS = 8
"""As many as there are by themselves at full size."""
_ROUNDS = 5


class Cost(NamedTuple):
    """Seconds of one scoring: by the clock, of CPU in the run's own process, and in the other one."""

    wall: float
    own: float
    others: float


def shared_scoring(options: Options) -> Iterator[Row]:
    """Both by turns, medians; the server works on the same cores."""
    activities = options.size(_ACTIVITIES)
    with serve() as server:
        url = server.new()
        in_child(_fill, url, activities)
        alone, shared = in_child(_score, url, activities // _SHARDS).value
    accounts = activities // ACTIVITIES_AN_ACCOUNT
    name = f"score {accounts:,} accounts with {activities:,} activities on PostgreSQL"
    for how, costs in (("by 1 worker", alone), ("by 2 workers", shared)):
        yield figure(AREA, f"{name} {how}", median(cost.wall for cost in costs), "s (wall)")
        yield figure(AREA, f"{name} {how}: the one whose run it is", median(c.own for c in costs), "CPU s")
        yield figure(AREA, f"{name} {how}: the other", median(c.others for c in costs), "CPU s")


def _fill(_watch: Watch, url: str, activities: int) -> None:
    database = open_database(url)
    fill(database, activities)
    database.close()


def _score(_watch: Watch, url: str, rows: int) -> tuple[list[Cost], list[Cost]]:
    """Costs alone and shared, after one round that is not counted."""
    alone, shared = [], []
    with workers(url, 1) as (courier, processes):
        for _ in range(1 + _ROUNDS):
            alone.append(_cost(url, None, processes))
            shared.append(_cost(url, Sharing(courier, rows), processes))
    return alone[1:], shared[1:]


def _cost(url: str, sharing: Sharing | None, others: Sequence[BaseProcess]) -> Cost:
    database, model = open_database(url), load_model(DEFAULT_MODEL)
    before, watch = _used(others), Watch()
    with watch:
        compute(database, model, AS_OF, {1: "bench"}, sharing)
    cost = Cost(watch.wall_seconds, watch.cpu_seconds, _used(others) - before)
    database.close()
    return cost


def _used(processes: Sequence[BaseProcess]) -> float:
    """CPU seconds that processes have used."""
    return sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in processes)
