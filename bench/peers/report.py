"""What a peer's run.py prints: one JSON line for each work. Standard library only: every peer has its own packages.

CPU seconds are of the process and its children, from after the imports on, as ours are measured.
"""

import json
import resource
import sys
import time
import urllib.request
from collections.abc import Callable
from importlib.metadata import version


def report(package: str, how: str, url: str, work: Callable[[], int], *, stored: bool) -> None:
    """Do the work (it gives the number of records) and print what it cost; `url` is the emulator's, or "".

    stored: whether the records ended in a database, or were only read.
    """
    report_steps(package, url, [(how, work, stored)])


def report_steps(package: str, url: str, steps: list[tuple[str, Callable[[], int], bool]]) -> None:
    """The same for steps that build on each other (how, work, stored): each line has the cost of all so far."""
    calls, cpu, wall = _calls(url), _cpu_seconds(), time.perf_counter()
    for how, work, stored in steps:
        records = work()
        told = {
            "peer": f"{package} {version(package)} {how}",
            "stored": stored,
            "records": records,
            "cpu_seconds": _cpu_seconds() - cpu,
            "wall_seconds": time.perf_counter() - wall,
            "peak_rss_mb": _peak_rss_mb(),
            "calls": _calls(url) - calls,
        }
        sys.stdout.write("\n" + json.dumps(told) + "\n")


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak_rss_mb() -> float:
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 the same on every Python
        line = next(one for one in status if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _calls(url: str) -> int:
    if not url:
        return 0
    with urllib.request.urlopen(f"{url}/_emulator/requests/summary") as answer:  # noqa: S310 our own emulator
        return int(json.load(answer)["total"])
