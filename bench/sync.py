"""Sync: both demo CRMs, a first sync, then one with nothing to do."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.areas import Options
from bench.measure import Measured, Watch, in_child
from bench.rows import Row, figure
from core.clock import system_clock
from scoring.model import DEFAULT_MODEL, load_model
from shortlist.demo.stage import staged
from shortlist.wiring import open_app
from sync.engine import Engine, run_sync
from sync.install import install
from sync.progress import Quiet
from sync.wanted import lists_of

AREA = "sync"
_ACCOUNTS = 2000
_SEED = 7


@dataclass(frozen=True, slots=True)
class Synced:
    """What one sync read and wrote, and its API calls by operation over both CRMs."""

    read: int
    written: int
    calls: Counter[str]


def measure(options: Options) -> Iterator[Row]:
    """A first and an idle sync of the demo's two CRMs, each in a process of its own."""
    accounts = options.size(_ACCOUNTS)
    with (
        TemporaryDirectory() as folder,
        staged(Path(folder) / "demo", accounts=accounts, seed=_SEED) as stage,
    ):
        in_child(install_everywhere, stage.config)
        first, idle = in_child(sync_once, stage.config), in_child(sync_once, stage.config)
    name = f"first sync of 2 x {accounts:,} accounts"
    yield from _shown(name, first)
    yield figure(AREA, name, first.value.written, "records and members written")
    name = "sync again, nothing changed"
    yield from _shown(name, idle)
    yield figure(AREA, name, idle.value.written, "records and members written", at_most=0)
    yield figure(AREA, name, write_calls(idle.value.calls), "write calls", at_most=0)


def write_calls(calls: Counter[str]) -> int:
    """Calls that change something in a CRM, by the first word of their operation."""
    return sum(count for operation, count in calls.items() if operation.split()[0] in ("write", "change"))


def _in(parent: str) -> Path:
    return Path(parent) / "demo"  # the stage makes its folder anew


def _shown(name: str, measured: Measured[Synced]) -> Iterator[Row]:
    yield figure(AREA, name, measured.value.read, "records read")
    yield figure(AREA, name, measured.wall_seconds, "s (wall)")
    yield figure(AREA, name, measured.cpu_seconds, "CPU s")
    yield figure(AREA, name, measured.value.calls.total(), "calls")


def install_everywhere(_watch: Watch, config: Path) -> None:
    """Make fields and lists in both CRMs; not measured."""
    with _engine(config) as engine:
        for connected in engine.connections:
            install(engine.database, connected, lists_of(engine.model))


def sync_once(watch: Watch, config: Path) -> Synced:
    """One whole sync."""
    with _engine(config) as engine:
        with watch:
            report = run_sync(engine)
        calls: Counter[str] = Counter()
        for by_operation in report.calls.values():
            calls.update(by_operation)
        counts = report.counts()
    return Synced(counts["read"], counts["records_written"] + counts["members_changed"], calls)


@contextmanager
def _engine(config: Path) -> Iterator[Engine]:
    model, text = load_model(DEFAULT_MODEL), DEFAULT_MODEL.read_text(encoding="utf-8")
    with open_app(config) as app:
        yield Engine(app.database, app.connections, app.config, model, text, Quiet(), system_clock)
