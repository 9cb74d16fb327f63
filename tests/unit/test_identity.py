"""Accounts keep their number and history whatever becomes of websites and records; on both databases."""

from datetime import datetime, timedelta

import pytest

from core.clock import millis
from core.match_settings import MatchSettings
from core.records import Kind
from core.signals import Signal
from store.accounts import account_events, find_records, standings
from store.database import Database
from store.decisions import cases, decide
from store.scores import current_tiers
from store.signals import keep_signals
from sync.identity import decision_states, match
from sync.scored import keep
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, World, account, contact, count

LATER = AS_OF + timedelta(days=3)


@pytest.fixture
def world(empty_database: Database) -> World:
    return World(empty_database, [MemoryCrm("one"), MemoryCrm("two")])


def score(world: World, as_of: datetime = AS_OF) -> None:
    scored = world.scored(as_of)
    keep(world.database, scored, "the model", now_ms=millis(AS_OF))


def stands(world: World, connection: int, remote_id: str) -> int | None:
    return standings(world.database, [(connection, remote_id)])[connection, remote_id].account_id


def rule(world: World, connection: int, remote_id: str) -> str | None:
    return standings(world.database, [(connection, remote_id)])[connection, remote_id].rule


def scored_days(world: World, account_id: int) -> int:
    return count(world.database, "SELECT count(*) FROM score WHERE account_id = ?", account_id)


def events(world: World) -> list[tuple[object, ...]]:
    return [event[1:6] for event in account_events(world.database)]


def test_an_account_whose_website_changes_keeps_number_tier_and_scores(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme", fields=GOOD_FIT))
    world.pull()
    score(world)
    before = current_tiers(world.database)
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a", website="acme-group.com")
    world.pull(LATER)
    score(world, LATER)
    assert stands(world, 1, "a") == 1
    after = current_tiers(world.database)
    assert (after[1].tier, after[1].since) == (before[1].tier, before[1].since)
    assert scored_days(world, 1) == 2
    assert events(world) == [("renamed", 1, None, "acme.com", "acme-group.com")]


def test_two_accounts_that_become_one_go_on_as_the_older_one(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme"))
    world.pull()
    score(world)
    world.crms[1].put(account("b", "acme.io", name="Acme"))
    world.pull()
    score(world)
    assert (stands(world, 1, "a"), stands(world, 2, "b")) == (1, 2)
    world.crms[1].tick()
    world.crms[1].edit(Kind.ACCOUNT, "b", website="acme.com")
    world.pull(LATER)
    assert (stands(world, 1, "a"), stands(world, 2, "b")) == (1, 1)
    assert count(world.database, "SELECT merged_into FROM account WHERE id = 2") == 1
    assert scored_days(world, 2) == 1
    assert events(world)[-1] == ("joined", 1, 2, "acme.io", "acme.com")


def test_an_account_that_was_joined_revives_with_its_scores_when_they_part(world: World) -> None:
    test_two_accounts_that_become_one_go_on_as_the_older_one(world)
    world.crms[1].tick()
    world.crms[1].edit(Kind.ACCOUNT, "b", website="acme.io")
    world.pull(LATER)
    assert (stands(world, 1, "a"), stands(world, 2, "b")) == (1, 2)
    assert count(world.database, "SELECT count(*) FROM account WHERE merged_into IS NOT NULL") == 0
    assert scored_days(world, 2) == 1
    assert events(world)[-1] == ("revived", 2, 1, "#2", "acme.io")


def test_a_record_that_a_rule_parts_takes_the_history_along(world: World) -> None:
    """One CRM has the new website a day earlier: the tier must not be lost on that day."""
    world.crms[0].put(account("a", "acme.com", name="Acme", fields=GOOD_FIT))
    world.crms[1].put(account("b", "acme.com", name="Acme", fields=GOOD_FIT))
    world.pull()
    score(world)
    world.crms[1].tick()
    world.crms[1].edit(Kind.ACCOUNT, "b", website="newacme.com")
    world.pull(LATER)
    assert (stands(world, 1, "a"), stands(world, 2, "b")) == (1, 2)
    tiers = current_tiers(world.database)
    assert tiers[2]._replace(account_id=1) == tiers[1]
    assert scored_days(world, 2) == 1
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a", website="newacme.com")
    world.pull(LATER)
    assert (stands(world, 1, "a"), stands(world, 2, "b")) == (1, 1)


def test_a_record_that_moves_to_another_account_leaves_the_first_one_its_number(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme"), account("c", "beta.com", name="Beta"))
    world.crms[1].put(account("b", "acme.com", name="Acme"))
    world.pull()
    assert (stands(world, 1, "a"), stands(world, 1, "c")) == (1, 2)
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a", website="beta.com", name="Beta Inc")
    world.pull(LATER)
    assert (stands(world, 1, "a"), stands(world, 1, "c"), stands(world, 2, "b")) == (2, 2, 1)


def test_accounts_that_swap_websites_swap_keys_and_keep_their_numbers(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme"), account("b", "beta.com", name="Acme"))
    world.pull()
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a", website="beta.com")
    world.crms[0].edit(Kind.ACCOUNT, "b", website="acme.com")
    world.pull(LATER)
    assert (stands(world, 1, "a"), stands(world, 1, "b")) == (1, 2)
    assert count(world.database, "SELECT id FROM account WHERE key = 'beta.com'") == 1
    assert [event[0] for event in events(world)] == ["renamed", "renamed"]


def test_a_merge_in_a_crm_moves_the_link_to_the_survivor(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme"), account("b", "other.com", name="Other"))
    world.crms[0].put(contact("c", None, account_id="a"))
    world.pull()
    score(world)
    world.crms[0].tick()
    world.crms[0].delete(Kind.ACCOUNT, "a", survivor_id="b")
    world.pull(LATER)
    assert (stands(world, 1, "a"), stands(world, 1, "b")) == (1, 1)
    assert rule(world, 1, "a") == "merged"
    assert count(world.database, "SELECT account_id FROM contact_link WHERE remote_id = 'c'") == 1
    assert ("joined", 1, 2, "other.com", "other.com") in events(world)


def test_an_account_that_comes_back_under_its_key_is_the_one_it_was(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme"))
    world.pull()
    world.crms[0].tick()
    world.crms[0].delete(Kind.ACCOUNT, "a")
    world.pull()
    world.crms[1].put(account("z", "acme.com", name="Acme"))
    world.pull(LATER)
    assert stands(world, 2, "z") == 1


def test_a_dead_account_gives_its_key_to_one_that_needs_it(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme"), account("b", "old.com", name="Acme"))
    world.pull()
    world.crms[0].tick()
    world.crms[0].delete(Kind.ACCOUNT, "a")
    world.crms[0].edit(Kind.ACCOUNT, "b", website="acme.com")
    world.pull(LATER)
    assert stands(world, 1, "b") == 2
    assert count(world.database, "SELECT count(*) FROM account WHERE id = 1 AND key = '#1'") == 1


def test_names_under_one_domain_that_contradict_each_other_are_asked_about(world: World) -> None:
    world.crms[0].put(account("agency", "northwind.com", name="Blue Kite PR"))
    world.crms[1].put(account("client", "northwind.com", name="Northwind Dairy"))
    world.pull()
    assert stands(world, 1, "agency") != stands(world, 2, "client")
    [case] = cases(world.database)
    assert (case.rule, case.first, case.second) == ("domain", (1, "agency"), (2, "client"))
    assert "northwind.com" in case.reasons[0]
    [agency] = find_records(world.database, "agency")
    assert agency.rivals == f"[{stands(world, 2, 'client')}]"
    decide(world.database, "same", case.first, [case.second], author="Ada", reason="one group", now_ms=5)
    match(world.database, now_ms=6)
    assert stands(world, 1, "agency") == stands(world, 2, "client")
    assert cases(world.database) == []


def test_a_decision_about_a_record_that_is_gone_or_merged_says_so(world: World) -> None:
    world.crms[0].put(*(account(one, "acme.com", name="Acme") for one in "abc"))
    world.pull()
    for record in "ab":
        decide(world.database, "split", (1, record), [], author="Ada", reason="a branch", now_ms=5)
    match(world.database, now_ms=6)
    assert len({stands(world, 1, one) for one in "abc"}) == 3
    world.crms[0].tick()
    world.crms[0].delete(Kind.ACCOUNT, "a")
    world.crms[0].delete(Kind.ACCOUNT, "b", survivor_id="c")
    world.pull(LATER)
    assert decision_states(world.database) == {1: "a is gone", 2: "b was merged into c"}


def test_a_record_that_a_person_parts_begins_without_the_history(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme", fields=GOOD_FIT))
    world.crms[1].put(account("b", "acme.com", name="Acme"))
    world.pull()
    score(world)
    decide(world.database, "split", (2, "b"), [], author="Ada", reason="a reseller", now_ms=5)
    match(world.database, now_ms=6)
    assert (stands(world, 1, "a"), stands(world, 2, "b")) == (1, 2)
    assert scored_days(world, 2) == 0
    assert set(current_tiers(world.database)) == {1}


def test_people_and_signals_of_an_alias_belong_to_the_account(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme"), contact("c", "jo@acme.de"))
    world.pull()
    assert count(world.database, "SELECT count(*) FROM contact_link WHERE account_id IS NULL") == 1
    world.matching = MatchSettings(aliases={"acme.com": ("acme.de",)})
    world.pull()
    assert count(world.database, "SELECT count(*) FROM contact_link WHERE account_id = 1") == 1
    keep_signals(world.database, [Signal("g2", "s", "acme.de", "topic", "crm", 90.0, AS_OF)], now_ms=1)
    assert world.scored().scores.row(0).intent > 0


def test_a_domain_that_the_admin_lists_as_shared_links_nobody(world: World) -> None:
    world.crms[0].put(account("a", "acme.com", name="Acme"), contact("c", "jo@acme.com"))
    world.crms[1].put(account("b", "acme.com", name="Acme"))
    world.pull()
    assert stands(world, 1, "a") == stands(world, 2, "b")
    world.matching = MatchSettings(shared_domains=("acme.com",))
    world.pull()
    assert stands(world, 1, "a") != stands(world, 2, "b")
    assert count(world.database, "SELECT count(*) FROM contact_link WHERE account_id IS NULL") == 1
