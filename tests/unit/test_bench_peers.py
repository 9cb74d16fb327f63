"""Peers: run with an interpreter of their own, held against the figure for the same work."""

import sys
from pathlib import Path

import pytest

from bench import peer_runs
from bench.peer_runs import Ours, compare
from bench.rows import Row, figure

OURS = Ours(
    stored=figure("hubspot", "pull and land", 2.0, "CPU s/100k"),
    read_only=figure("hubspot", "read", 1.0, "CPU s/100k"),
    records=50_000,
)
PEER = """
import json, sys
print("what a tool prints on its way")
print(json.dumps({"peer": sys.argv[1], "stored": STORED, "records": 50000, "cpu_seconds": 4.0,
                  "wall_seconds": 5.0, "peak_rss_mb": 60.0, "calls": 500}))
"""


@pytest.fixture
def peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(peer_runs, "PEERS", tmp_path / "peers")
    monkeypatch.setattr(peer_runs, "ENVIRONMENTS", tmp_path / "environments")
    return tmp_path


def add(folder: Path, name: str, program: str) -> None:
    """A peer whose environment is already there."""
    peer, home = folder / "peers" / name, folder / "environments" / name
    peer.mkdir(parents=True)
    (peer / "requirements.txt").write_text("nothing")
    (peer / "run.py").write_text(program)
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").symlink_to(sys.executable)
    (home / "installed").write_text("nothing")


def test_a_peer_is_held_against_the_figure_for_the_same_work(peers: Path) -> None:
    add(peers, "hubspot_one", PEER.replace("STORED", "True"))
    add(peers, "hubspot_two", PEER.replace("STORED", "False"))
    add(peers, "salesforce_other", "raise SystemExit('not asked for')")

    rows = list(compare("hubspot", OURS, lambda _: None, "tool 1.0"))

    assert rows == [
        Row("hubspot", "pull and land", 8.0, "CPU s/100k", peer="tool 1.0", ratio=4.0),
        Row("hubspot", "read", 8.0, "CPU s/100k", peer="tool 1.0", ratio=8.0),
    ]


def test_a_peer_that_fails_gives_no_row_but_its_last_words(peers: Path) -> None:
    add(peers, "hubspot_broken", "raise SystemExit('cannot connect')")
    said: list[str] = []

    assert list(compare("hubspot", OURS, said.append)) == []
    assert said == ["hubspot_broken: no figure, cannot connect"]


def test_a_peer_that_lost_records_gives_no_row(peers: Path) -> None:
    add(peers, "hubspot_lossy", PEER.replace("STORED", "True").replace("50000", "49999"))
    said: list[str] = []

    assert list(compare("hubspot", OURS, said.append, "tool 1.0")) == []
    assert said == ["hubspot_lossy: no figure, it came to 49,999 records of 50,000"]
