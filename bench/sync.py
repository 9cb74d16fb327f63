"""Sync: a plain world of any size (bench/idle.py); both demo CRMs, a first sync, then another one."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import idle
from bench.areas import Options
from bench.idle import Synced, install_everywhere, sync_at
from bench.measure import Measured, in_child
from bench.rows import Row, figure
from shortlist.demo.stage import staged

AREA = "sync"
_ACCOUNTS = 2000
_SEED = 7


def measure(options: Options) -> Iterator[Row]:
    """A first and an idle sync of the demo's two CRMs, each in a process of its own."""
    yield from idle.measure(options)
    accounts = options.size(_ACCOUNTS)
    with (
        TemporaryDirectory() as folder,
        staged(Path(folder) / "demo", accounts=accounts, seed=_SEED) as stage,
    ):
        in_child(install_everywhere, stage.config)
        first, second = in_child(sync_at, stage.config), in_child(sync_at, stage.config)
    name = f"first sync of 2 x {accounts:,} accounts"
    yield from _shown(name, first)
    yield figure(AREA, name, first.value.written, "records and members written")
    name = "sync again, nothing changed"
    yield from _shown(name, second)
    yield figure(AREA, name, second.value.written, "records and members written", at_most=0)
    yield figure(AREA, name, write_calls(second.value.calls), "write calls", at_most=0)


def write_calls(calls: Counter[str]) -> int:
    """Calls that change something in a CRM, by the first word behind the CRM's name."""
    return sum(count for operation, count in calls.items() if operation.split()[1] in ("write", "change"))


def _shown(name: str, measured: Measured[Synced]) -> Iterator[Row]:
    yield figure(AREA, name, measured.value.read, "records read")
    yield figure(AREA, name, measured.wall_seconds, "s (wall)")
    yield figure(AREA, name, measured.cpu_seconds, "CPU s")
    yield figure(AREA, name, measured.value.calls.total(), "calls")
