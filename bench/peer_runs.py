"""Other tools doing the same work: bench/peers/<area>_<name>/ holds requirements.txt and run.py.

Each gets a virtual environment of its own under bench/.envs, and runs as a process of its own against the
emulator that ours has just used. It prints a JSON line for each work; bench/peers/report.py says which.
What it pipes into has an environment beside it, of target.txt; what is no package is cloned as clone.txt says.
Those that would take hours are called slow_<area>_<name>, and read fewer records; those that write, and those that read
by jobs, are called write_<area>_<name> and bulk_<area>_<name>.
"""

import os
import subprocess
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import orjson

from bench.peer_clones import clone
from bench.rows import Row, compared, figure

PEERS = Path(__file__).with_name("peers")
ENVIRONMENTS = Path(__file__).with_name(".envs")
_PER = 100_000
_DONE = "installed"
_REPORT = b'{"peer": '


Say = Callable[[str], None]
Told = dict[str, Any]
"""What a peer reported of one work (bench/peers/report.py)."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Our figures, in CPU seconds per 100,000 records: a peer is held against the one with the same work.

    stored: with storing; or of writing to the CRM, where that is the work of the peers.
    """

    stored: Row
    read_only: Row
    records: int
    """Records that a peer must come to."""
    goals: Mapping[str, float] = field(default_factory=dict)
    """By folder: how many times our CPU seconds *with storing* a peer must need, if only it read."""
    again: Callable[[], tuple[Row, Row]] | None = None
    """Measures both figures anew. It is done right before every peer, because the load of a machine changes."""

    def beside(self, say: Say) -> Self:
        """The same with both figures measured now, where that can be done."""
        if self.again is None:
            return self
        stored, read_only = self.again()
        say(f"ours now: {stored.value:.2f} with storing, {read_only.value:.2f} without, {stored.unit}")
        return replace(self, stored=stored, read_only=read_only)


def compare(peers: str, ours: Ours, say: Say, *arguments: str) -> Iterator[Row]:
    """CPU seconds of every peer whose folder begins with `peers` beside ours; `arguments` go to its run.py.

    A peer that cannot be had, fails or comes to other records gives no row; the reason is said instead.
    """
    for folder in sorted(PEERS.glob(f"{peers}_*")):
        now = ours.beside(say)
        told = _told(folder, arguments, ours.records, say)
        costs = [(one, one["cpu_seconds"] / one["records"]) for one in told]
        yield from _rows(folder.name, now, costs)


def compare_slow(
    area: str, ours: Ours, say: Say, worlds: tuple[tuple[int, str], tuple[int, str]], *rest: str
) -> Iterator[Row]:
    """The same for slow peers: what the records cost by which the second of two worlds is larger.

    So a peer's start is not in the figure. A world is its number of records and the address of its emulator.
    """
    (few, _), (more, _) = worlds
    for folder in sorted(PEERS.glob(f"slow_{area}_*")):
        now = ours.beside(say)
        first, second = (_told(folder, (url, *rest), records, say) for records, url in worlds)
        costs = [
            (large, (large["cpu_seconds"] - small["cpu_seconds"]) / (more - few))
            for small, large in zip(first, second, strict=False)
        ]
        say(f"{folder.name}: its figure is of {more - few:,} further records, without its start")
        yield from _rows(folder.name, now, costs)


def _told(folder: Path, arguments: tuple[str, ...], records: int, say: Say) -> list[Told]:
    """What a peer reported of each work; nothing where it gives no figure."""
    try:
        told = _run(folder, arguments)
    except (subprocess.CalledProcessError, FileNotFoundError) as failed:
        say(f"{folder.name}: no figure, {_last_words(failed)}")
        return []
    for one in told:
        if one["records"] != records:
            say(f"{folder.name}: no figure, it came to {one['records']:,} records of {records:,}")
            return []
        say(
            f"{one['peer']}: {one['records']:,} records, {one['calls']:,} calls, {one['cpu_seconds']:.1f} s CPU, "
            f"{one['wall_seconds']:.1f} s wall, {one['peak_rss_mb']:.0f} MB"
        )
    return told


def _rows(name: str, ours: Ours, costs: Sequence[tuple[Told, float]]) -> Iterator[Row]:
    """Each work of a peer (CPU seconds a record) beside ours; the last and whole one against the goal, if any."""
    for told, cpu_seconds in costs:
        same_work = ours.stored if told["stored"] else ours.read_only
        yield compared(same_work, cpu_seconds * _PER, told["peer"])
    if costs and name in ours.goals:
        told, cpu_seconds = costs[-1]
        times = cpu_seconds * _PER / ours.stored.value
        yield figure(
            ours.stored.area, f"CPU of {told['peer']}", times, "times ours", at_least=ours.goals[name]
        )


def _run(folder: Path, arguments: tuple[str, ...]) -> list[Told]:
    python = _environment(folder.name, folder / "requirements.txt")
    # Nothing of the caller's Python settings may reach the peer.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    target = folder / "target.txt"
    if target.exists():
        inherited["TARGET_PYTHON"] = str(_environment(f"{folder.name}_target", target))
    repository = folder / "clone.txt"
    if repository.exists():
        inherited["CLONE"] = str(clone(repository, ENVIRONMENTS / f"{folder.name}_clone"))
    ended = subprocess.run(
        [str(python), str(folder / "run.py"), *arguments],
        env={**inherited, "PYTHONPATH": str(PEERS)},
        capture_output=True,
        check=True,
    )
    return [orjson.loads(line) for line in ended.stdout.splitlines() if line.startswith(_REPORT)]


def _environment(name: str, wanted: Path) -> Path:
    """An interpreter with these requirements; made and filled anew when they have changed."""
    home = ENVIRONMENTS / name
    python, done = home / "bin" / "python", home / _DONE
    if not done.exists() or done.read_text() != wanted.read_text():
        venv.create(home, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted)]
        subprocess.run(install, check=True, capture_output=True)
        done.write_text(wanted.read_text())
    return python


def _last_words(failed: subprocess.CalledProcessError | FileNotFoundError) -> str:
    if isinstance(failed, FileNotFoundError):
        return str(failed)
    lines = (failed.stderr or failed.stdout or b"").decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {failed.returncode}"
