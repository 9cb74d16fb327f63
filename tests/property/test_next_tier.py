"""What an account is told to need really gets it there: the proposals are applied and scored again."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.evidence import ActivityRow, Evidence
from scoring.model import build_model
from scoring.next_tier import NextTier, next_tier, seat_prices, words
from scoring.people import People, PersonRow
from scoring.proposals import PACE_DAYS, Action
from scoring.single import OneAccount
from scoring.standing import Assignment, Candidates, CurrentTier
from scoring.tiers import assign
from tests.scoring_world import DAY, NOW, Company, company, default_data, kernel_facts, known_at, model_named

AS_OF = datetime.fromtimestamp(NOW, UTC)
TITLES = {"vp": "VP Sales", "director": "Director of Operations"}
RANDOMS = st.integers(0, 10**6).map(random.Random)
few = settings(max_examples=40, deadline=None)


def standing(tier: str) -> Assignment:
    return Assignment("a", tier, AS_OF, "model", None, "", tier)


def one(each: Company) -> OneAccount:
    facts = kernel_facts([each])
    return OneAccount(facts.accounts[0], facts.evidence, facts.signals, facts.contacts)


def rebuilt(each: Company, added: list[ActivityRow], newcomer: PersonRow | None) -> OneAccount:
    """The account with more activities, made from rows as the store would, not from the columns at hand."""
    account = one(each)
    people = [PersonRow(id_, f"Person {id_}", *values) for id_, values in each.people.items()]
    everybody = People.from_rows(people if newcomer is None else [*people, newcomer])
    rows = [
        ActivityRow(a.id, "a", a.person, a.type, a.occurred_at, a.minutes) for a in each.account.activities
    ]
    return account.with_evidence(Evidence.from_rows(["a"], everybody, [*rows, *added]))


def found_for(each: Company, price: float, model_name: str = "default") -> NextTier | None:
    model = model_named(model_name)[1]
    prices = {"one_to_one": price, "one_to_few": price, "one_to_many": price}
    return next_tier(one(each), standing("one_to_many"), prices, model, AS_OF)


def fitting(rng: random.Random) -> Company:
    """A company whose fit meets every floor and that nothing excludes."""
    each = company("a", rng)
    fields = {
        "industry": "Technology",
        "employees": 1200,
        "country": "US",
        "type": "Prospect",
        "name": "Acme",
    }
    return replace(each, account=replace(each.account, fields=fields))


@few
@given(rng=RANDOMS, name=st.sampled_from(["default", "tight", "uncapped"]), above=st.floats(0.01, 30))
def test_each_proposed_action_is_enough_and_one_less_is_not(
    rng: random.Random, name: str, above: float
) -> None:
    each, model = fitting(rng), model_named(name)[1]
    now = one(each).scores(model, AS_OF).priority
    found = found_for(each, now + above, name)
    assert found is not None
    for action in found.actions:
        for times, enough in ((action.times, True), (action.times - 1, False)):
            account = rebuilt(each, _rows(action, times), PersonRow("zz", "New", TITLES[action.seniority]))
            assert (account.scores(model, AS_OF).priority > now + above) == enough, action
        assert str(action.times) in words(found)


def _rows(action: Action, times: int) -> list[ActivityRow]:
    return [ActivityRow(f"new-{n}", "a", "zz", action.type, NOW, action.minutes) for n in range(times)]


@few
@given(rng=RANDOMS, above=st.floats(0.01, 15))
def test_the_pace_gets_there_on_the_day_and_not_before(rng: random.Random, above: float) -> None:
    each, model = fitting(rng), model_named("default")[1]
    price = one(each).scores(model, AS_OF).priority + above
    found = found_for(each, price)
    assert found is not None
    if found.pace_days is None:
        return
    known = [a for a in each.account.activities if a.occurred_at <= NOW]
    base = known_at(each, NOW)
    again = [
        ActivityRow(f"{a.id}-{n}", "a", a.person, a.type, a.occurred_at + n * PACE_DAYS * DAY, a.minutes)
        for a in known
        for n in range(1, 5)
        if a.occurred_at > NOW - PACE_DAYS * DAY
    ]
    account = rebuilt(base, again, None)
    reached = [
        account.scores(model, AS_OF + timedelta(days=day)).priority > price
        for day in range(1, found.pace_days + 1)
    ]
    assert reached == [False] * (found.pace_days - 1) + [True]
    assert found.points_per_day > 0


@few
@given(rng=RANDOMS, above=st.floats(0.01, 30))
def test_the_needed_numbers_agree_with_each_other(rng: random.Random, above: float) -> None:
    each, model = fitting(rng), model_named("default")[1]
    scores = one(each).scores(model, AS_OF)
    found = found_for(each, scores.priority + above)
    assert found is not None
    if found.obstacle:
        assert 0.5 * scores.fit + 0.35 * 100 + 0.15 * scores.intent <= scores.priority + above + 1e-5
        return
    assert found.needed_priority is not None
    assert found.needed_engagement is not None
    assert found.needed_attention is not None
    engagement = 100 * found.needed_attention / (found.needed_attention + 50)
    assert engagement == pytest.approx(found.needed_engagement)
    priority = 0.5 * scores.fit + 0.35 * found.needed_engagement + 0.15 * scores.intent
    assert priority == pytest.approx(found.needed_priority, abs=1e-6)
    assert found.needed_priority > scores.priority + above


def test_what_stands_in_the_way_is_said_first() -> None:
    each = fitting(random.Random(3))
    poor = edited(each, industry="Farming", employees=10, country="BR")
    unknown = replace(each, account=replace(each.account, fields={"name": "Acme"}))
    assert "under the floor of 1:few: no engagement can help" in _obstacle(poor)
    assert "excluded as customer" in _obstacle(edited(each, type="Customer"))
    assert "fill in the fields" in _obstacle(unknown)
    assert "which no engagement reaches" in _obstacle(each, price=99.0)


def edited(each: Company, **fields: object) -> Company:
    return replace(each, account=replace(each.account, fields={**each.account.fields, **fields}))


def _obstacle(each: Company, price: float = 50.0) -> str:
    found = found_for(each, price)
    assert found is not None
    assert found.obstacle in words(found)
    assert found.actions == ()
    return found.obstacle


def test_the_best_tier_needs_nothing_and_a_pin_is_a_persons_decision() -> None:
    account, model = one(fitting(random.Random(3))), model_named("default")[1]
    prices = dict.fromkeys(("one_to_one", "one_to_few", "one_to_many"), 0.0)
    assert next_tier(account, standing("one_to_one"), prices, model, AS_OF) is None
    pinned = replace(standing("none"), source="pin", reason="kept out by Ann: no budget")
    found = next_tier(account, pinned, prices, model, AS_OF)
    assert found is not None
    assert "kept out by Ann" in found.obstacle


def test_a_free_seat_costs_the_floor_and_a_full_tier_its_last_seat() -> None:
    data = default_data()
    tiers = data["tiers"] | {"one_to_one": {"cap": 1, "min_fit": 60}, "one_to_few": {"cap": 2, "min_fit": 50}}
    model = build_model(data | {"tiers": tiers}, "m")
    priority = np.array([70.0, 60.0, 50.0, 40.0])
    candidates = Candidates(("a", "b", "c", "d"), np.full(4, 90.0), priority, ("",) * 4)
    current: dict[str, CurrentTier] = {}
    placed = assign(candidates, current, {}, model, AS_OF)
    assert seat_prices(placed, priority, model) == {
        "one_to_one": 70.0,
        "one_to_few": 50.0,
        "one_to_many": 0.0,
    }
    pin = replace(placed[3], tier="one_to_one", source="pin")
    moved = [replace(placed[0], tier="one_to_few"), placed[1], replace(placed[2], tier="none"), pin]
    assert seat_prices(moved, priority, model)["one_to_one"] is None
