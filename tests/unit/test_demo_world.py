"""The shape of the demo world: counts, overlap, the hidden answer, and activity that announces deals."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from emulators.demo import World, generate, summary
from emulators.demo.model import Touch

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
ACCOUNTS = 400


@pytest.fixture(scope="module")
def world() -> World:
    return generate(accounts_per_crm=ACCOUNTS, now=NOW)


def test_counts_are_what_was_asked_for(world: World) -> None:
    counts = summary(world)
    contacts = counts["salesforce contacts and leads"] + counts["hubspot contacts"]
    assert counts["salesforce accounts"] == counts["hubspot accounts"] == ACCOUNTS
    assert counts["shared companies"] == ACCOUNTS * 0.6
    assert counts["duplicate accounts"] == 2 * ACCOUNTS * 0.04
    assert contacts == pytest.approx(ACCOUNTS * 10, abs=1)
    assert counts["activities"] == ACCOUNTS * 100


def test_half_of_the_people_at_shared_companies_are_in_both_crms(world: World) -> None:
    crms: dict[int, set[str]] = {}
    for listing in world.listings:
        crms.setdefault(listing.company, set()).add(listing.crm)
    shared = [person for person in world.people if len(crms[person.company]) == 2]
    both = [person for person in shared if person.salesforce is not None and person.hubspot is not None]
    assert len(both) / len(shared) == pytest.approx(0.5, abs=0.05)


def test_every_item_stands_at_the_index_of_its_number(world: World) -> None:
    for items in (world.companies, world.listings, world.people, world.deals, world.campaigns, world.touches):
        assert [item.number for item in items] == list(range(len(items)))


def test_people_by_company_have_a_pareto_tail(world: World) -> None:
    sizes = Counter(person.company for person in world.people)
    assert set(sizes) == {company.number for company in world.companies}
    assert min(sizes.values()) >= 3
    assert max(sizes.values()) <= 25
    assert sum(size >= 15 for size in sizes.values()) >= 0.02 * len(sizes)


def test_gaps_in_people_are_as_common_as_in_life(world: World) -> None:
    count = len(world.people)
    personal = sum(bool(p.email) and not p.email.endswith(".example") for p in world.people)
    assert sum(not p.email for p in world.people) / count == pytest.approx(0.03, abs=0.01)
    assert sum(not p.title for p in world.people) / count == pytest.approx(0.10, abs=0.02)
    assert personal / count == pytest.approx(0.12, abs=0.02)


def test_seniority_is_a_pyramid(world: World) -> None:
    levels = Counter(person.level for person in world.people)
    assert all(levels[low] > levels[high] for low, high in pairwise(range(5)))


def test_revenue_follows_headcount(world: World) -> None:
    by_size = sorted(world.companies, key=lambda company: company.employees)
    third = len(by_size) // 3
    assert sum(c.revenue for c in by_size[-third:]) > 20 * sum(c.revenue for c in by_size[:third])
    assert by_size[0].employees >= 5
    assert by_size[-1].employees <= 60_000


def test_names_and_domains_are_all_different_enough(world: World) -> None:
    assert len({company.domain for company in world.companies}) == len(world.companies)
    assert len({company.bare_name for company in world.companies}) > 0.97 * len(world.companies)


def test_the_won_rate_follows_the_hidden_fit(world: World) -> None:
    closed = [deal for deal in world.deals if deal.status != "open"]
    closed.sort(key=lambda deal: world.companies[deal.company].true_fit)
    third = len(closed) // 3
    low = sum(deal.status == "won" for deal in closed[:third]) / third
    high = sum(deal.status == "won" for deal in closed[-third:]) / third
    assert high > low + 0.2


def test_activity_rises_before_a_deal_starts(world: World) -> None:
    gaps = [gap for gap, _ in _gaps_before_deals(world)]
    early = sum(60 <= gap < 90 for gap in gaps)
    late = sum(0 <= gap < 30 for gap in gaps)
    assert late > 2.5 * early


def test_more_senior_people_join_towards_the_start_of_a_deal(world: World) -> None:
    gaps = list(_gaps_before_deals(world))
    early = [world.people[touch.person].level for gap, touch in gaps if 45 <= gap < 90]
    late = [world.people[touch.person].level for gap, touch in gaps if 0 <= gap < 15]
    assert sum(late) / len(late) > sum(early) / len(early) + 0.1


def _gaps_before_deals(world: World) -> Iterator[tuple[float, Touch]]:
    """Days from a touch by one of the buying group to the start of the deal."""
    by_person: dict[int, list[Touch]] = {}
    for touch in world.touches:
        by_person.setdefault(touch.person, []).append(touch)
    for deal in world.deals:
        for person in deal.people:
            for touch in by_person.get(person, []):
                yield (deal.created_at - touch.at).total_seconds() / 86_400, touch


def test_activity_is_recent_mixed_and_partly_still_to_come(world: World) -> None:
    kinds = Counter(touch.kind for touch in world.touches)
    recent = sum(NOW - timedelta(days=90) <= touch.at <= NOW for touch in world.touches)
    future = [touch for touch in world.touches if touch.at > NOW]
    assert kinds["open"] + kinds["click"] > 0.5 * len(world.touches)
    assert len(kinds) == 11
    assert recent >= 0.35 * len(world.touches)
    assert min(touch.at for touch in world.touches) > NOW - timedelta(days=560)
    assert {touch.kind for touch in future} == {"meeting"}
    assert {touch.status for touch in future} <= {"planned", "canceled"}
    assert any(touch.status == "canceled" for touch in world.touches)


def test_nobody_acts_before_being_on_record(world: World) -> None:
    assert all(world.people[touch.person].created_at < touch.at for touch in world.touches)
    for person in world.people:
        for listing in (person.salesforce, person.hubspot):
            assert listing is None or world.listings[listing].created_at < person.created_at


def test_a_touch_is_recorded_where_the_person_is_known(world: World) -> None:
    for touch in world.touches:
        person = world.people[touch.person]
        assert (person.salesforce if touch.crm == "salesforce" else person.hubspot) is not None


def test_the_same_seed_gives_the_same_world_and_another_seed_another(world: World) -> None:
    again = generate(accounts_per_crm=ACCOUNTS, now=NOW)
    other = generate(accounts_per_crm=ACCOUNTS, now=NOW, seed=8)
    assert again == world
    assert other.companies != world.companies


def test_a_later_now_moves_times_and_nothing_else(world: World) -> None:
    later = generate(accounts_per_crm=ACCOUNTS, now=NOW + timedelta(days=400, hours=5))
    assert later.companies == world.companies
    assert [(d.name, d.status, d.people) for d in later.deals] == [
        (d.name, d.status, d.people) for d in world.deals
    ]
    assert [(t.kind, t.person, t.crm) for t in later.touches] == [
        (t.kind, t.person, t.crm) for t in world.touches
    ]


@pytest.mark.parametrize("accounts", [10, 25])
def test_small_worlds_work(accounts: int) -> None:
    assert len(generate(accounts_per_crm=accounts, now=NOW).touches) == accounts * 100


def test_impossible_wishes_are_refused() -> None:
    with pytest.raises(ValueError, match="contacts=5000"):
        generate(accounts_per_crm=20, contacts=5000, now=NOW)
    with pytest.raises(ValueError, match="aware"):
        generate(accounts_per_crm=20, now=NOW.replace(tzinfo=None))
