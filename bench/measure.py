"""Measuring a piece of work in a process of its own: CPU seconds, wall seconds, peak memory."""

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from shortlist.process import collect_seldom, give_back_memory

_STATUS = Path("/proc/self/status")
_T = TypeVar("_T")


@dataclass(slots=True)
class Watch:
    """Adds up what passes inside `with watch:`; the work itself says what belongs to the figure."""

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    _cpu: float = 0.0
    _wall: float = 0.0

    def __enter__(self) -> Self:
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cpu_seconds += time.process_time() - self._cpu
        self.wall_seconds += time.perf_counter() - self._wall


@dataclass(frozen=True, slots=True)
class Measured(Generic[_T]):
    """What a work gave and what it cost; peak_rss_mb is of the whole process, preparation included."""

    value: _T
    cpu_seconds: float
    wall_seconds: float
    peak_rss_mb: float


def in_child(work: Callable[..., _T], *args: Any) -> Measured[_T]:
    """Run `work(watch, *args)` in a fresh interpreter; work, arguments and result must be picklable."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, work, args).result()


def median_of(runs: int, work: Callable[..., _T], *args: Any) -> Measured[_T]:
    """The run with the median CPU time, each in a process of its own."""
    measured = [in_child(work, *args) for _ in range(runs)]
    return sorted(measured, key=lambda one: one.cpu_seconds)[runs // 2]


def _run(work: Callable[..., _T], args: tuple[Any, ...]) -> Measured[_T]:
    collect_seldom()
    give_back_memory()
    watch = Watch()
    value = work(watch, *args)
    return Measured(value, watch.cpu_seconds, watch.wall_seconds, peak_rss_mb())


def peak_rss_mb() -> float:
    """The most memory this process ever had resident.

    getrusage would also count the parent's from before exec, so Linux's own figure is preferred.
    """
    if _STATUS.exists():
        line = next(one for one in _STATUS.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
