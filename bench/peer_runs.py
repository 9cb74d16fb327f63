"""Other tools doing the same work: bench/peers/<area>_<name>/ holds requirements.txt and run.py.

Each gets a virtual environment of its own under bench/.envs, and runs as a process of its own against the
emulator that ours has just used. It prints one JSON line; bench/peers/report.py says which.
"""

import os
import subprocess
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bench.rows import Row, compared

PEERS = Path(__file__).with_name("peers")
ENVIRONMENTS = Path(__file__).with_name(".envs")
_PER = 100_000
_DONE = "installed"


@dataclass(frozen=True, slots=True)
class Ours:
    """Our figures, in CPU seconds per 100,000 records: a peer is held against the one with the same work."""

    stored: Row
    read_only: Row
    records: int
    """Records that a peer must come to."""


def compare(area: str, ours: Ours, say: Callable[[str], None], *arguments: str) -> Iterator[Row]:
    """CPU seconds of every peer of an area beside ours; `arguments` go to its run.py.

    A peer that cannot be installed or fails gives no row; its last words are said instead.
    """
    for folder in sorted(PEERS.glob(f"{area}_*")):
        try:
            told = _run(folder, arguments)
        except subprocess.CalledProcessError as failed:
            say(f"{folder.name}: no figure, {_last_words(failed)}")
            continue
        if told["records"] != ours.records:
            say(f"{folder.name}: no figure, it came to {told['records']:,} records of {ours.records:,}")
            continue
        say(
            f"{told['peer']}: {told['records']:,} records, {told['calls']:,} calls, "
            f"{told['wall_seconds']:.1f} s wall, {told['peak_rss_mb']:.0f} MB"
        )
        same_work = ours.stored if told["stored"] else ours.read_only
        yield compared(same_work, told["cpu_seconds"] / told["records"] * _PER, told["peer"])


def _run(folder: Path, arguments: tuple[str, ...]) -> Any:
    python = _environment(folder)
    # Nothing of the caller's Python settings may reach the peer.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(
        [str(python), str(folder / "run.py"), *arguments],
        env={**inherited, "PYTHONPATH": str(PEERS)},
        capture_output=True,
        check=True,
    )
    return orjson.loads(ended.stdout.splitlines()[-1])


def _environment(folder: Path) -> Path:
    """The peer's interpreter; made and filled anew when its requirements have changed."""
    home, wanted = ENVIRONMENTS / folder.name, folder / "requirements.txt"
    python, done = home / "bin" / "python", home / _DONE
    if not done.exists() or done.read_text() != wanted.read_text():
        venv.create(home, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted)]
        subprocess.run(install, check=True, capture_output=True)
        done.write_text(wanted.read_text())
    return python


def _last_words(failed: subprocess.CalledProcessError) -> str:
    lines = (failed.stderr or failed.stdout or b"").decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {failed.returncode}"
