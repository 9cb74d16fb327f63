"""The commands about matches on a small store; nothing here calls a CRM."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.changes import Page
from core.cursors import Cursor
from shortlist.cli import app
from store.connections import connection_id
from store.database import Database, open_database
from store.landing import land
from sync.identity import match
from tests.worlds import account, contact

CONFIG = """
[store]
url = "{url}"
[connections.hubspot]
crm = "hubspot"
token = "env:SHORTLIST_TEST_TOKEN"
[connections.other]
crm = "hubspot"
token = "env:SHORTLIST_TEST_TOKEN"
"""
WHO = ("--by", "Ada", "--reason", "looked at their register")


@pytest.fixture
def config(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHORTLIST_TEST_TOKEN", "a-token")
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=store_url), encoding="utf-8")
    return path


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """Two namesakes, an agency with its client's website, and a company in both connections."""
    opened = open_database(store_url)
    one, two = (connection_id(opened, name, "hubspot") for name in ("hubspot", "other"))
    first = [
        account("1", "rowanberry.com", name="Rowanberry"),
        account("2", "northwind.com", name="Blue Kite PR"),
        account("3", "tern.com", name="Tern"),
    ]
    second = [
        account("11", "rowanberry.de", name="Rowanberry GmbH"),
        account("12", "northwind.com", name="Northwind"),
        account("13", "tern.com", name="Tern Ltd"),
    ]
    people = [contact("1", "ann@tern.com", account_id="1"), contact("Lead:9", "bo@nowhere.example")]
    land(opened, one, "accounts", Page([*first, *people], Cursor()), now_ms=0)
    land(opened, two, "accounts", Page(second, Cursor()), now_ms=0)
    match(opened, now_ms=0)
    yield opened
    opened.close()


def run(config: Path, *words: str, expect: int = 0, command: str = "matches") -> Any:
    result = CliRunner().invoke(app, [command, *words, "--config", str(config), "--json"])
    assert result.exit_code == expect, result.output
    return json.loads(result.stdout)


def records(found: Any) -> set[str]:
    return {row["record"] for row in found["records"]}


@pytest.mark.usefixtures("database")
def test_cases_are_listed_with_reasons_and_rivals_and_decided(config: Path) -> None:
    listed = run(config)["cases"]
    assert [case["rule"] for case in listed] == ["name", "domain"]
    assert "rowanberry.com and rowanberry.de differ in their ending only" in listed[0]["reasons"]
    agency, client = listed[1]["records"]
    assert agency["rivals"] == [client["account"]]
    accepted = run(config, "accept", listed[0]["id"], *WHO)
    assert records(accepted) == {"hubspot:1", "other:11"}
    run(config, "reject", listed[1]["id"], *WHO)
    assert run(config)["cases"] == []
    logged = run(config, "log")
    assert [(row["verdict"], row["author"], row["reason"], row["state"]) for row in logged["decisions"]] == [
        ("same", "Ada", "looked at their register", "holds"),
        ("apart", "Ada", "looked at their register", "holds"),
    ]
    assert [event["what"] for event in logged["accounts"]] == ["joined"]


@pytest.mark.usefixtures("database")
def test_a_record_is_split_off_and_joined_again(config: Path) -> None:
    assert records(run(config, "split", "other:13", *WHO)) == {"other:13"}
    assert records(run(config, "join", "13", "tern.com", *WHO)) == {"hubspot:3", "other:13"}
    states = [row["state"] for row in run(config, "log")["decisions"]]
    assert states == ["overruled by 2", "holds"]


@pytest.mark.usefixtures("database")
def test_what_cannot_be_decided_is_said_clearly(config: Path) -> None:
    assert "`shortlist matches` lists them" in run(config, "accept", "zzz", *WHO, expect=1)["error"]
    assert "No account record is 'nobody'" in run(config, "split", "nobody", *WHO, expect=1)["error"]
    assert "alone; nothing was decided" in run(config, "join", "1", "rowanberry.com", *WHO, expect=1)["error"]
    blank = run(config, "split", "1", "--by", " ", "--reason", "x", expect=1)["error"]
    assert "--by NAME and --reason TEXT" in blank
    assert run(config, "log")["decisions"] == []


@pytest.mark.usefixtures("database")
def test_people_read_the_queue_as_a_table(config: Path) -> None:
    shown = CliRunner().invoke(app, ["matches", "--config", str(config)]).stdout
    assert "2 matches wait for a decision" in shown
    assert "Blue Kite PR" in shown


@pytest.mark.usefixtures("database")
def test_contacts_and_leads_are_placed_by_a_person(config: Path) -> None:
    [doubtful] = run(config, "people")
    assert (doubtful["record"], doubtful["name"], doubtful["rule"]) == ("hubspot:1", "Rowanberry", "crm")
    assert len(doubtful["rivals"]) == 1
    placed = run(config, "place", "hubspot:1", "tern.com", *WHO)
    assert placed["records"][0]["name"] == "Tern"
    assert run(config, "people") == []
    assert run(config, "place", "hubspot:Lead:9", "northwind.com", *WHO)["account"] is not None
    assert run(config, "apart", "Lead:9", *WHO)["account"] is None
    states = [(row["kind"], row["state"]) for row in run(config, "log")["decisions"]]
    assert states == [("contact", "holds"), ("contact", "overruled by 3"), ("contact", "holds")]
    assert "No living contact is 'nobody'" in run(config, "apart", "nobody", *WHO, expect=1)["error"]


@pytest.mark.usefixtures("database")
def test_every_kind_of_decision_stands_in_one_log(config: Path) -> None:
    run(config, "split", "other:13", *WHO)
    words = ("--by", "Bo", "--reason", "a pilot", "--until", "2999-01-31")
    run(config, "set", "northwind.com", "none", *words, command="override")
    [match, tier] = run(config, command="decisions")
    assert (match["what"], match["author"], match["subject"]) == ("match", "Ada", "other:13")
    assert (match["decision"], match["reason"]) == ("split", "looked at their register")
    assert (tier["what"], tier["author"], tier["decision"]) == ("tier", "Bo", "none")
    assert tier["until"].startswith("2999-01-31")
    assert run(config, "tier", command="decisions") == [tier]
    assert "is no kind of decision" in run(config, "hat", expect=1, command="decisions")["error"]
