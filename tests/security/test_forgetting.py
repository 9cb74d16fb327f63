"""Who was forgotten stays out of everything that lands, and the command says what it did (S32)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from core.changes import Page, Skipped
from core.cursors import Cursor
from core.records import Deal, DealRoles, Kind, Owner, RecordRef, Tally, Tombstone
from shortlist.cli import app
from store.compacting import compact
from store.connections import connection_id
from store.database import Database, open_database
from store.erasing import erase_people
from store.landing import land
from store.persons import People, find_people
from store.traces import search
from sync.identity import match
from tests.memory_crm import EPOCH
from tests.worlds import account, activity, contact, count, new_database

JO = "Jo.Smith@acme.com"
OPEN: Any = {"is_closed": False, "is_won": False, "created_at": EPOCH, "closed_at": None}
CONFIG = """
[store]
url = "{url}"
[connections.hubspot]
crm = "hubspot"
token = "env:SHORTLIST_TEST_TOKEN"
"""


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """A company with two people, one of whom is to be forgotten."""
    opened = open_database(store_url)
    connection_id(opened, "hubspot", "hubspot")
    land(opened, 1, "all", Page(_records(), Cursor()), now_ms=0)
    match(opened, now_ms=0)
    yield opened
    opened.close()


def _records() -> list[Any]:
    texts = {"description": f"Ask {JO} (or her boss boss.{JO}).", "custom.note": "no address"}
    return [
        account("1", "acme.com", name=f"Acme, by {JO}", fields=texts),
        contact("11", JO, account_id="1", name="Jo Smith", title="CFO"),
        contact("12", "bo@acme.com", account_id="1", name="Bo"),
        activity("meeting:1", account_id="1", contact_ids=("11", "12")),
        Deal(
            "5",
            EPOCH,
            "1",
            f"For {JO}",
            "open",
            1.0,
            is_closed=False,
            is_won=False,
            created_at=EPOCH,
            closed_at=None,
        ),
        DealRoles("6", EPOCH, "5", EPOCH, (("11", "budget holder"), ("12", "champion"))),
        Tally("opens:11", EPOCH, "1", "11", "email_open", 3, EPOCH),
        Owner("9", EPOCH, "Jo Smith", JO, is_active=True),
    ]


def erase(database: Database) -> None:
    with database.write() as writer:
        erase_people(writer, find_people(writer, emails=[JO]))
    match(database, now_ms=0)


def everything(database: Database) -> str:
    from sqlmodel import SQLModel  # noqa: PLC0415

    with database.read() as reader:
        return "\n".join(
            str(tuple(row))
            for name in SQLModel.metadata.tables
            for row in reader.exec_driver_sql(f'SELECT * FROM "{name}"')  # noqa: S608 ours
        ).lower()


def test_s32_nothing_of_a_forgotten_person_lands_again_from_any_kind_of_record(database: Database) -> None:
    assert JO.lower() in everything(database)
    erase(database)
    graves = [Tombstone(RecordRef(Kind.CONTACT, "11"), survivor_id="12")]
    skipped = [Skipped(RecordRef(Kind.CONTACT, "11"), "unreadable")]
    later = [
        record._replace(modified_at=EPOCH + timedelta(days=1))
        for record in [*_records(), contact("99", JO.upper())]
    ]
    for _ in range(2):
        land(database, 1, "all", Page(later, Cursor(), graves, skipped), now_ms=0)
        match(database, now_ms=0)
    kept = everything(database).replace(f"boss.{JO}".lower(), "")
    assert JO.lower() not in kept
    assert "jo smith" not in kept
    for statement in (
        "SELECT count(*) FROM crm_contact WHERE remote_id IN ('11', '99')",
        "SELECT count(*) FROM crm_deal_role WHERE contact_id = '11'",
        "SELECT count(*) FROM crm_tally",
        "SELECT count(*) FROM crm_owner",
        "SELECT count(*) FROM quarantine",
        "SELECT count(*) FROM crm_activity WHERE contact_ids LIKE '%11%'",
        "SELECT count(*) FROM crm_activity WHERE remote_id LIKE 'opens:%'",
    ):
        assert count(database, statement) == 0, statement


def test_s32_others_and_longer_addresses_stay(database: Database) -> None:
    erase(database)
    assert count(database, "SELECT count(*) FROM crm_contact WHERE remote_id = '12'") == 1
    assert count(database, "SELECT count(*) FROM crm_activity WHERE contact_ids = '[\"12\"]'") == 1
    assert count(database, "SELECT count(*) FROM evidence") == 1
    assert f"(erased) (or her boss boss.{JO.lower()}" in everything(database)
    assert count(database, "SELECT count(*) FROM person WHERE code IS NOT NULL") == 1


def run(config: Path, *words: str, expect: int = 0) -> Any:
    result = CliRunner().invoke(app, ["forget", *words, "--config", str(config), "--json"])
    assert result.exit_code == expect, result.output
    return json.loads(result.stdout)


@pytest.fixture
def config(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHORTLIST_TEST_TOKEN", "a-token")
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=store_url), encoding="utf-8")
    return path


@pytest.mark.usefixtures("database")
def test_the_command_shows_erases_proves_and_can_let_somebody_back(config: Path) -> None:
    seen = run(config, "--email", JO, "--dry-run", expect=2)
    assert (seen["contacts"], seen["accounts"], seen["run"]) == (1, [1], None)
    assert seen["found_before"]["table crm_contact"] > 0
    done = run(config, "--record", "hubspot:11", "--by", "Ada")
    assert done["erased"]["crm_contact"] == 1
    assert done["left"] == 0
    assert {"table crm_contact", "table written", "table run"} <= {trace["where"] for trace in done["proof"]}
    assert run(config, "--email", JO, "--dry-run")["found_before"] == {}
    result = CliRunner().invoke(app, ["decisions", "forget", "--config", str(config), "--json"])
    [decision] = json.loads(result.stdout)
    assert (decision["author"], decision["what"]) == ("Ada", "forget")
    assert JO.lower() not in result.stdout.lower()
    assert run(config, "--email", JO, "--undo")["hashes_removed"] == 1
    assert run(config, "--email", JO, "--undo")["hashes_removed"] == 0


def test_the_proof_finds_what_is_left_in_files_and_tells_it_from_longer_addresses(
    database: Database, tmp_path: Path
) -> None:
    erase(database)
    compact(database)
    log = tmp_path / "old.log"
    log.write_text(f"to {JO}, cc boss.{JO}; {JO.upper()}", encoding="utf-8")
    people = People(emails=frozenset({JO.lower()}), contacts=frozenset({(1, "003WD00000700MJIAA")}))
    found = {trace.where: trace.found for trace in search(database, people, [tmp_path / "old.log"])}
    assert found.pop(str(log)) == 2
    assert not any(found.values()), found
    log.write_text("x" * ((1 << 22) - 5) + JO + " 003wd00000700mjiaa", encoding="utf-8")
    assert search(database, people, [log])[-1].found == 2, "across the border of two parts"


def test_copies_from_before_an_upgrade_are_searched_too_and_named(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    copy = tmp_path / "shortlist.sqlite.before-0009"
    copy.write_bytes(b"old pages with " + JO.encode())
    erase(database)
    compact(database)
    found = search(database, People(emails=frozenset({JO.lower()})))
    database.close()
    [left] = [trace for trace in found if trace.found]
    assert (left.where, left.note) == (str(copy), "a copy of the database from before an upgrade: delete it")


@pytest.mark.usefixtures("database")
def test_a_person_must_be_named_in_one_clear_way(config: Path) -> None:
    assert "Name one person" in run(config, expect=1)["error"]
    assert "Name one person" in run(config, "--email", JO, "--record", "hubspot:11", expect=1)["error"]
    assert "CONNECTION:ID" in run(config, "--record", "11", expect=1)["error"]
    assert "no e-mail address" in run(config, "--email", "Jo", expect=1)["error"]
