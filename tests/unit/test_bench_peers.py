"""Peers: run with an interpreter of their own, held against the figure for the same work."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter

from bench import peer_runs
from bench.peer_runs import Ours, compare, compare_slow
from bench.rows import Row, figure
from emulators.common.server import start
from emulators.hubspot import create_app

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


def test_a_peer_with_a_goal_is_held_to_our_figure_with_storing(peers: Path) -> None:
    add(peers, "hubspot_one", PEER.replace("STORED", "False"))
    ours = Ours(OURS.stored, OURS.read_only, OURS.records, goals={"hubspot_one": 5})

    _, judged = compare("hubspot", ours, lambda _: None, "tool 1.0")

    assert (judged.value, judged.unit, judged.goal, judged.ok) == (4.0, "times ours", 5, False)


def test_ours_is_measured_again_beside_every_peer(peers: Path) -> None:
    add(peers, "hubspot_one", PEER.replace("STORED", "True"))
    anew = figure("hubspot", "pull and land", 4.0, "CPU s/100k"), OURS.read_only
    ours = Ours(OURS.stored, OURS.read_only, OURS.records, again=lambda: anew)

    [row] = compare("hubspot", ours, lambda _: None, "tool 1.0")

    assert row.ratio == 2.0


CLONED = """
import os, runpy
print(runpy.run_path(os.environ["CLONE"] + "/told.py")["told"])
"""
TOLD = (
    '{"peer": "NAME", "stored": true, "records": 50000, "cpu_seconds": 4.0, "wall_seconds": 5.0,'
    ' "peak_rss_mb": 60.0, "calls": 500}'
)


def committed(repository: Path, name: str) -> str:
    """The commit of a repository whose told.py has what a peer of this name says."""

    def git(*command: str) -> str:
        git = shutil.which("git") or "git"
        identity = ("-c", "user.name=Test", "-c", "user.email=test@test.example")
        done = subprocess.run(
            [git, *identity, "-C", str(repository), *command], check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    repository.mkdir(exist_ok=True)
    (repository / "told.py").write_text(f"told = {TOLD.replace('NAME', name)!r}")
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", name)
    return git("rev-parse", "HEAD")


def test_a_peer_that_is_no_package_is_cloned_at_its_commit(peers: Path) -> None:
    add(peers, "hubspot_one", CLONED)
    wanted, repository = peers / "peers" / "hubspot_one" / "clone.txt", peers / "repository"
    for name in ("first", "second"):
        commit = committed(repository, name)
        committed(repository, "newer")
        wanted.write_text(f"SHORTLIST_TEST_CLONE {repository} {commit}")
        assert [row.peer for row in compare("hubspot", OURS, lambda _: None)] == [name]


def test_a_variable_names_a_copy_of_what_would_be_cloned(
    peers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(peers, "hubspot_one", CLONED)
    (peers / "peers" / "hubspot_one" / "clone.txt").write_text(f"SHORTLIST_TEST_CLONE {peers}/absent 0123")
    committed(peers / "copy", "copied")
    said: list[str] = []

    assert list(compare("hubspot", OURS, said.append)) == []
    assert said.pop().startswith("hubspot_one: no figure, ")
    monkeypatch.setenv("SHORTLIST_TEST_CLONE", str(peers / "nowhere"))
    assert list(compare("hubspot", OURS, said.append)) == []
    assert said == [f"hubspot_one: no figure, SHORTLIST_TEST_CLONE names {peers}/nowhere, which is no folder"]
    monkeypatch.setenv("SHORTLIST_TEST_CLONE", str(peers / "copy"))
    assert [row.peer for row in compare("hubspot", OURS, said.append)] == ["copied"]


def test_a_slow_peer_costs_what_the_further_records_cost(peers: Path) -> None:
    told = PEER.replace("STORED", "False").replace("50000", "int(sys.argv[1])")
    add(peers, "slow_hubspot_one", told.replace("4.0", "7 + int(sys.argv[1]) / 100"))

    [row] = compare_slow("hubspot", OURS, lambda _: None, ((500, "500"), (2500, "2500")))

    assert row.value == pytest.approx(1000)
    assert row.ratio == pytest.approx(1000)


@pytest.fixture
def peer_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """What peers import from their common folder, and everything as before afterwards."""
    monkeypatch.syspath_prepend(str(Path(peer_runs.__file__).with_name("peers")))
    monkeypatch.setattr(HTTPAdapter, "send", HTTPAdapter.send)
    monkeypatch.setattr(socket.socket, "connect", socket.socket.connect)


@pytest.fixture
def portal() -> Iterator[str]:
    running = start(create_app())
    yield running.url
    running.stop()


@pytest.mark.usefixtures("peer_modules")
def test_a_mapped_host_is_the_emulator_and_no_other_machine_is_reached(portal: str) -> None:
    import_module("loopback").map_hosts(portal, "api.hubapi.com")
    bearer = {"Authorization": "Bearer demo-token"}

    found = requests.get("https://api.hubapi.com/crm/v3/schemas", headers=bearer, timeout=5)

    assert found.json() == {"results": []}
    with pytest.raises(ConnectionRefusedError, match=r"may not reach 192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 443), timeout=5)


@pytest.mark.usefixtures("peer_modules")
def test_what_a_command_prints_goes_to_a_file_and_its_records_are_counted(tmp_path: Path) -> None:
    def command() -> None:
        for number in range(3):
            os.write(1, b"RECORD %d\n" % number)
        os.write(1, b"STATE\n")

    into = tmp_path / "messages"
    assert import_module("printed").records_printed(command, [], into, b"RECORD") == 3
    assert into.read_bytes().endswith(b"STATE\n")
