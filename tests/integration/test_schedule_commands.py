"""`shortlist schedule`: what an admin sees, changes and is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shortlist.cli import app
from store.database import open_database
from store.jobs import MOST_ATTEMPTS, all_jobs, begin, find
from store.schedules import ask

CONFIG = """
[store]
url = "sqlite:///{folder}/shortlist.sqlite"
[connections.hubspot]
crm = "hubspot"
token = "env:TOKEN"
"""


class Command:
    """`shortlist schedule` in this process, on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
        self.url = f"sqlite:///{folder}/shortlist.sqlite"

    def __call__(self, *words: str, expect: int = 0) -> Any:
        done = CliRunner().invoke(app, ["schedule", *words, "--config", str(self.config), "--json"])
        assert done.exit_code == expect, done.output
        return json.loads(done.stdout)


@pytest.fixture
def schedule(tmp_path: Path) -> Command:
    return Command(tmp_path)


def rows(schedule: Command) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in schedule("list")["schedules"]}


def settled(schedule: Command) -> dict[str, dict[str, str]]:
    """The same without the next slot, which moves on by itself."""
    return {name: {**row, "next": ""} for name, row in rows(schedule).items()}


def test_a_new_database_has_schedules_with_their_next_slot(schedule: Command) -> None:
    found = rows(schedule)
    assert set(found) == {"sync", "compare", "catch_up", "purge", "hints"}
    assert found["catch_up"]["next"].startswith("Sun ")
    assert found["sync"]["state"] == "not yet done"


def test_a_schedule_is_changed_paused_resumed_made_and_removed(schedule: Command) -> None:
    changed = schedule("set", "sync", "*/5 8 * * mon-fri", "--zone", "Europe/Berlin")
    assert (changed["task"], changed["zone"]) == ("sync", "Europe/Berlin")
    assert changed["next"].split()[2][:3] == "08:"
    assert schedule("pause", "compare")["next"] == "paused"
    assert rows(schedule)["compare"]["next"] == "paused"
    assert schedule("resume", "compare")["next"] != "paused"
    schedule("set", "often", "* * * * *", "--task", "hints")
    assert rows(schedule)["often"]["task"] == "hints"
    schedule("set", "one", "* * * * *", "--task", "read", "--connection", "hubspot")
    schedule("set", "one", "*/5 * * * *")
    assert (rows(schedule)["one"]["task"], rows(schedule)["one"]["cron"]) == ("read", "*/5 * * * *")
    assert schedule("run", "one") == {"job": "read:hubspot"}
    schedule("remove", "one")
    schedule("remove", "often")
    schedule("remove", "catch_up")
    assert set(rows(schedule)) == {"sync", "compare", "purge", "hints"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("set", "sync", "61 * * * *"), "'61' is no minute"),
        (("set", "sync", "* * * *"), "it needs five"),
        (("set", "sync", "5/15 * * * *"), "'5/15' is no minute"),
        (("set", "sync", "0 9 * * fri-mon"), "'fri-mon' is no weekday"),
        (("set", "sync", "0 0 31 2 *"), "never comes"),
        (("set", "sync", "0 9 * * *", "--zone", "Mars/Olympus"), "is no time zone"),
        (("set", "new", "0 9 * * *"), "say with --task what it does"),
        (("set", "new", "0 9 * * *", "--task", "dance"), "There is no task 'dance'"),
        (("set", "new", "0 9 * * *", "--task", "read"), "name it with --connection (hubspot)"),
        (("set", "sync", "0 9 * * *", "--connection", "hubspot"), "leave out --connection"),
        (("set", "new", "0 9 * * *", "--task", "read", "--connection", "x"), "There is no connection 'x'"),
        (("pause", "nothing"), "There is no schedule 'nothing'"),
        (("run", "nothing"), "There is no schedule 'nothing'"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(schedule: Command, words: tuple[str, ...], told: str) -> None:
    before = settled(schedule)
    assert told in schedule(*words, expect=1)["error"]
    assert settled(schedule) == before


def test_a_person_asks_for_a_job_and_also_for_one_that_was_given_up(schedule: Command) -> None:
    assert schedule("run", "sync") == {"job": "sync"}
    database = open_database(schedule.url)
    assert [(job.key, job.wanted_at is not None) for job in all_jobs(database)] == [("sync", True)]
    for _ in range(MOST_ATTEMPTS + 1):  # each of them dies
        begin(database, "sync", 2**50)
    shown = schedule("list")
    assert shown["given_up"] == ["sync"]
    assert "died 5 times" in rows(schedule)["sync"]["state"]
    ask(database, "sync", "sync", {"version": 1}, 1)
    assert schedule("list")["given_up"] == ["sync"]  # its own slot does not bring it back
    schedule("run", "sync")
    job = find(database, "sync")
    assert job is not None
    assert (job.dead_at, job.attempts) == (None, 0)
    database.close()
