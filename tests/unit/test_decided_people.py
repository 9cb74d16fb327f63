"""What people decided about the accounts of contacts (docs/matching.md)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.records import Kind
from store.decisions import Decision, decide
from store.people_links import doubtful_people, find_people
from sync.decided_people import decided_people
from sync.identity import decision_states, match
from tests.memory_crm import MemoryCrm
from tests.worlds import World, account, contact, new_database

ANN, ACME, BETA = (1, "c1"), (1, "a1"), (1, "a2")


def said(number: int, verdict: str, *others: tuple[int, str], kind: str = Kind.CONTACT) -> Decision:
    return Decision(number, number, "Ada", "knows her", verdict, ANN, others, kind)


def test_the_newest_word_about_a_contact_counts() -> None:
    found = decided_people(
        [said(1, "join", ACME), said(2, "join", BETA), said(3, "split")], {ACME, BETA}, {}, {}
    )
    assert found.homes == {ANN: ()}
    assert found.states == {1: "overruled by 2", 2: "overruled by 3", 3: "holds"}


def test_decisions_about_accounts_are_none_about_contacts() -> None:
    assert decided_people([said(1, "split", kind=Kind.ACCOUNT)], {ACME}, {}, {}).homes == {}


def test_a_decision_follows_merges_of_the_contact_and_of_the_account() -> None:
    found = decided_people([said(1, "join", ACME)], {BETA}, {ACME: "a2"}, {ANN: "c9"})
    assert found.homes == {(1, "c9"): (BETA,)}


def test_where_the_account_is_gone_the_rules_decide_again() -> None:
    found = decided_people([said(1, "join", ACME)], {BETA}, {}, {})
    assert (found.homes, found.states) == ({}, {1: "a1 is gone"})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(new_database(tmp_path), [MemoryCrm()])
    made.crms[0].put(
        account("a1", "acme.com", name="Acme"),
        account("a2", "beta.com", name="Beta"),
        contact("c1", "jo@acme.com", account_id="a2"),
        contact("c2", "bo@acme.com"),
    )
    made.pull()
    yield made
    made.database.close()


def home(world: World, contact_id: str) -> str | None:
    [link] = find_people(world.database, contact_id, 1)
    return link.account


def test_a_contact_whose_crm_and_address_disagree_is_listed_and_decided(world: World) -> None:
    [link] = doubtful_people(world.database)
    assert (link.key, link.account, link.rule) == ((1, "c1"), "Beta", "crm")
    decide(
        world.database,
        "join",
        (1, "c1"),
        [(1, "a1")],
        author="Ada",
        reason="moved",
        now_ms=1,
        kind=Kind.CONTACT,
    )
    match(world.database, now_ms=2)
    assert home(world, "c1") == "Acme"
    assert doubtful_people(world.database) == []
    world.crms[0].tick()
    world.crms[0].edit(Kind.CONTACT, "c1", title="CFO")
    world.pull()
    assert home(world, "c1") == "Acme", "no rule undoes it"
    assert decision_states(world.database) == {1: "holds"}


def test_a_contact_can_be_kept_out_of_every_account(world: World) -> None:
    decide(
        world.database, "split", (1, "c2"), [], author="Ada", reason="a supplier", now_ms=1, kind=Kind.CONTACT
    )
    match(world.database, now_ms=2)
    assert home(world, "c2") is None
    assert home(world, "c1") == "Beta"


def test_an_account_record_with_the_same_number_is_not_meant(tmp_path: Path) -> None:
    world = World(new_database(tmp_path), [MemoryCrm()])
    world.crms[0].put(account("7", "acme.com", name="Acme"), account("8", "acme.com", name="Acme"))
    world.crms[0].put(contact("7", "jo@acme.com"))
    world.pull()
    decide(world.database, "split", (1, "7"), [], author="Ada", reason="x", now_ms=1, kind=Kind.CONTACT)
    match(world.database, now_ms=2)
    with world.database.read() as reader:
        linked = reader.exec_driver_sql("SELECT count(DISTINCT account_id) FROM link").scalar_one()
    assert linked == 1
    assert home(world, "7") is None
    world.database.close()
