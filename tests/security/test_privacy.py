"""Privacy: what is stored of people (S31), how they are erased for good (S32, F31), and for how long (S33)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlmodel import SQLModel

from core.changes import Page
from core.hints import HintEvent
from core.records import Kind, RecordRef, Tombstone
from store.deliveries import keep
from store.forgotten import known_hashes
from store.heard import Heard, Told
from store.landing import land, load_cursor
from store.personal import KEPT_WITHOUT_THE_PERSON, NOT_OF_PEOPLE, PLACES
from store.persons import find_people
from store.runs import get_run
from sync.engine import Engine
from sync.forget import find, forget, let_back, look
from sync.runs import run_pull, run_sync
from tests.e2e.crms import Crms
from tests.faults.engine import NOW, emulated

CHANGED = Told(HintEvent.CHANGED, 1)


@pytest.fixture
def on_crms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Crms, Engine]]:
    """Both emulators, synced once."""
    with emulated(tmp_path, monkeypatch, accounts=12, at=NOW) as (crms, engine):
        run_sync(engine, NOW)
        yield crms, engine


def rows(engine: Engine, statement: str, *values: object) -> list[Any]:
    with engine.database.read() as reader:
        return [tuple(row) for row in reader.exec_driver_sql(statement, values)]


def named_on_a_record(engine: Engine) -> tuple[str, str]:
    """The address and the name of somebody in both CRMs whom the reasons on an account's record name."""
    whys = [orjson.loads(row[0]).get("why") or "" for row in rows(engine, "SELECT managed FROM crm_account")]
    people = rows(
        engine,
        "SELECT email, min(name) FROM crm_contact WHERE email IS NOT NULL AND NOT is_gone "
        "GROUP BY email HAVING count(DISTINCT connection_id) = 2 ORDER BY email",
    )
    return next((email, name) for email, name in people if any(name in why for why in whys))


def whys_in_the_crms(crms: Crms) -> list[str]:
    accounts = [row.get("ABM_Why__c") for row in crms.salesforce.backend.state("Account")]
    companies = [row["properties"].get("abm_why") for row in crms.hubspot.backend.state("companies")]
    return [why for why in (*accounts, *companies) if why]


def everything(engine: Engine) -> str:
    """Every row of every table, as text."""
    return "\n".join(
        str(row)
        for name in SQLModel.metadata.tables
        for row in rows(engine, f'SELECT * FROM "{name}"')  # noqa: S608 ours
    ).lower()


def test_s32_a_person_is_erased_everywhere_and_it_is_proved(
    on_crms: tuple[Crms, Engine], tmp_path: Path
) -> None:
    _, engine = on_crms
    email, name = named_on_a_record(engine)
    log = tmp_path / "old.log"
    log.write_text(f"sent to {email.upper()}", encoding="utf-8")
    people = find(engine.database, engine.connections, email=email.upper(), record=None)
    assert len(people.contacts) >= 2, "one in each CRM"
    assert people.accounts
    ids = {remote_id for _, remote_id in people.contacts if len(remote_id) > 12}
    assert any(trace.found for trace in look(engine, people).before)
    assert email in everything(engine)

    done = forget(engine, people, by="Ada", also_search=[log])
    assert {"crm_contact", "contact_link", "person", "crm_account", "written"} <= set(done.erased)
    assert [trace.where for trace in done.left] == [str(log)], "what is not ours is found and named"
    kept = everything(engine)
    assert email not in kept
    assert name.lower() not in kept
    for path in tmp_path.glob("shortlist.sqlite*"):
        content = path.read_bytes().lower()
        assert email.encode() not in content, path
        assert not [one for one in ids if one.lower().encode() in content], path
    run = get_run(engine.database, done.run_id)
    assert run is not None
    assert (run.state, run.counts["by"]) == ("done", "Ada")
    assert run.counts["erased"] == dict(done.erased)


def test_s32_what_deliveries_told_of_a_person_goes_too(on_crms: tuple[Crms, Engine]) -> None:
    _, engine = on_crms
    email, _ = named_on_a_record(engine)
    people = find(engine.database, engine.connections, email=email, record=None)
    number, contact = min(people.contacts)
    told = {(Kind.CONTACT, contact): CHANGED, (Kind.CONTACT, "another"): CHANGED}
    keep(engine.database, [Heard(number, 1, told, {})])
    assert {trace.where: trace.found for trace in look(engine, people).before}["table delivery"] == 1

    done = forget(engine, people, by="Ada")

    assert done.erased["hint"] == 1
    assert not [trace for trace in done.left if trace.where in ("table delivery", "table hint")]
    assert rows(engine, "SELECT told FROM delivery") == []
    assert rows(engine, "SELECT remote_id FROM hint WHERE kind = 'contact'") == [("another",)]


def test_s32_the_next_sync_takes_the_name_off_the_accounts_records(on_crms: tuple[Crms, Engine]) -> None:
    crms, engine = on_crms
    email, name = named_on_a_record(engine)
    assert any(name in why for why in whys_in_the_crms(crms))
    forget(engine, find(engine.database, engine.connections, email=email, record=None), by="Ada")
    run_pull(engine, full=True)
    assert name.lower() not in everything(engine), "not even from the words that still stand in the CRM"
    run_sync(engine, NOW)
    assert not any(name in why for why in whys_in_the_crms(crms))
    idle = run_sync(engine, NOW)
    assert sum(pushed.records for pushed in idle.pushed or []) == 0


def test_s32_who_was_erased_does_not_come_back_under_any_id(on_crms: tuple[Crms, Engine]) -> None:
    crms, engine = on_crms
    email, _ = named_on_a_record(engine)
    people = find(engine.database, engine.connections, email=email, record=None)
    forget(engine, people, by="Ada")
    crms.hubspot.backend.load(
        {
            "objects": {
                "contacts": [{"id": "987654", "properties": {"email": email.title(), "firstname": "Back"}}]
            }
        }
    )
    run_pull(engine, full=True)
    kept = everything(engine)
    assert email not in kept
    assert "987654" not in kept, "the new id is refused by the address, and from then on by itself"
    assert not [one for _, one in people.contacts if len(one) > 12 and one.lower() in kept]
    with engine.database.read() as reader:
        own = known_hashes(reader)
        assert own is not None
        assert email not in repr(own)

    assert let_back(engine, find(engine.database, engine.connections, email=email, record=None)) == 1
    assert let_back(engine, people) == len(people.contacts)
    run_pull(engine, full=True)
    assert rows(engine, "SELECT 1 FROM crm_contact WHERE email = ?", email), "forgotten by mistake"


def test_s32_addresses_in_texts_go_and_longer_addresses_stay(on_crms: tuple[Crms, Engine]) -> None:
    _, engine = on_crms
    email, _ = named_on_a_record(engine)
    with engine.database.write() as writer:
        writer.exec_driver_sql(
            "INSERT INTO tier_override (id, account_id, source, remote_id, tier, author, reason, decided_at) "
            "VALUES (900, 1, '', '', NULL, 'Ada', ?, 1)",
            (f"asked by {email}. Twice; big{email} agrees",),
        )
        writer.exec_driver_sql(
            "INSERT INTO signal VALUES ('file', ?, 'acme.com', 'intent', '', 50, 1, 1)", (f"{email}",)
        )
    people = find(engine.database, engine.connections, email=email, record=None)
    done = forget(engine, people, by="Ada")
    assert rows(engine, "SELECT reason FROM tier_override WHERE id = 900") == [
        (f"asked by (erased). Twice; big{email} agrees",)
    ]
    assert rows(engine, "SELECT 1 FROM signal WHERE source = 'file'") == []
    assert done.left == [], "the longer address is somebody else's"


def test_f31_a_privacy_deletion_erases_the_person_in_the_other_crm_s_rows_too(
    on_crms: tuple[Crms, Engine],
) -> None:
    _, engine = on_crms
    email, name = named_on_a_record(engine)
    hubspot = next(one for one in engine.connections if one.name == "hubspot")
    of_person = "SELECT remote_id FROM crm_contact WHERE email = ? AND connection_id = ?"
    [(remote_id,)] = rows(engine, of_person, email, hubspot.id)
    grave = Tombstone(RecordRef(Kind.CONTACT, remote_id), is_erased=True)
    page = Page((), load_cursor(engine.database, hubspot.id, "contacts"), [grave])
    land(engine.database, hubspot.id, "contacts", page, now_ms=0)
    report = run_pull(engine, full=True)
    assert any("people erased" in note for note in report.notes)
    kept = everything(engine)
    assert email not in kept
    assert name.lower() not in kept
    for path in engine_files(engine):
        assert email.encode() not in path.read_bytes().lower()


def engine_files(engine: Engine) -> list[Path]:
    path = Path(str(engine.database.engine.url.database))
    return [each for each in path.parent.glob(f"{path.name}*") if each.suffix != ".lock"]


def test_s32_taking_up_an_erasure_and_building_anew_give_the_same(on_crms: tuple[Crms, Engine]) -> None:
    _, engine = on_crms
    email, _ = named_on_a_record(engine)
    forget(engine, find(engine.database, engine.connections, email=email, record=None), by="Ada")
    derived = ("SELECT * FROM evidence ORDER BY 1, 2, 3, 4, 5, 6", "SELECT * FROM evidence_block ORDER BY 1")
    taken_up = [rows(engine, one) for one in derived]
    with engine.database.write() as writer:
        writer.exec_driver_sql("INSERT INTO mark VALUES ('evidence_stale', '1')")
    run_pull(engine)
    assert [rows(engine, one) for one in derived] == taken_up


def test_s31_every_table_is_known_to_erasing_and_columns_are_those_that_are_mapped() -> None:
    declared = {place.table for place in PLACES} | KEPT_WITHOUT_THE_PERSON.keys() | NOT_OF_PEOPLE.keys()
    assert set(SQLModel.metadata.tables) == declared
    contact = set(SQLModel.metadata.tables["crm_contact"].columns.keys())
    assert contact == {
        *("connection_id", "remote_id", "modified_at", "is_gone", "survivor_id"),
        *("account_id", "email", "name", "title", "buying_role", "managed"),
    }


def test_s31_nothing_of_a_record_is_stored_that_is_not_mapped(on_crms: tuple[Crms, Engine]) -> None:
    crms, engine = on_crms
    [account, *_] = crms.salesforce.backend.state("Account")
    crms.salesforce.backend.load(
        {"Account": [{"Id": account["Id"], "Phone": "+49 30 123456", "Description": "a secret"}]}
    )
    [contact, *_] = crms.hubspot.backend.state("contacts")
    crms.hubspot.backend.load(
        {"objects": {"contacts": [{"id": contact["id"], "properties": {"phone": "+49 30 654321"}}]}}
    )
    run_pull(engine, full=True)
    kept = everything(engine)
    assert "30 123456" not in kept
    assert "30 654321" not in kept
    assert "a secret" not in kept


def test_somebody_whom_nobody_knows_is_kept_out_all_the_same(on_crms: tuple[Crms, Engine]) -> None:
    _, engine = on_crms
    people = find(engine.database, engine.connections, email="nobody@nowhere.example", record=None)
    done = forget(engine, people, by="Ada")
    assert (done.erased, done.left, people.contacts) == ({}, [], frozenset())
    with engine.database.read() as reader:
        assert find_people(reader, emails=["nobody@nowhere.example"]).contacts == frozenset()
