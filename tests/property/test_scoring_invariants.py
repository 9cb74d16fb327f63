"""The invariants of docs/scoring.md section 9, and agreement with the plain-Python reference."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engagement import engagement
from scoring.fit import FIT_BANDS
from scoring.kernel import STAGES, Scores
from scoring.ledger import Ledger, ledger
from scoring.model import Model
from scoring.words import MAX_LENGTH, why
from tests import reference_scoring as reference
from tests.scoring_world import (
    DAY,
    NOW,
    Company,
    Facts,
    column_bytes,
    companies,
    company,
    kernel_facts,
    known_at,
    model_named,
    with_activities,
)

randoms = st.randoms(use_true_random=False)
model_names = st.sampled_from(["default", "tight", "uncapped"])
few = settings(max_examples=60, deadline=None)


def ledger_of(facts: Facts, place: int, model: Model, now: int = NOW) -> Ledger:
    return ledger(
        facts.accounts[place],
        facts.evidence.of(place),
        facts.signals.of(place),
        facts.contacts.of(place),
        model,
        datetime.fromtimestamp(now, UTC),
    )


@pytest.mark.parametrize("name", ["default", "tight", "uncapped"])
def test_the_kernel_agrees_with_the_reference_on_random_accounts(name: str) -> None:
    data, model = model_named(name)
    rng = random.Random(20261122)
    listed = [company(f"a{number:04}", rng) for number in range(1000)]
    scores = kernel_facts(listed, rng).score(model)
    for place, each in enumerate(listed):
        assert_agrees(scores, place, each.account, data)


def assert_agrees(scores: Scores, place: int, account: reference.Account, data: dict[str, object]) -> None:
    fit, completeness, band = reference.fit(account, data)
    engaged = reference.engagement(account, data, NOW)
    days = data["trend"]["days"]  # type: ignore[index]
    before = reference.engagement(account, data, NOW - days * DAY)
    intent, attention = reference.intent(account, data, NOW)
    coverage, engaged_coverage, gap = reference.buying_group(account, data, NOW)
    row = scores.row(place)
    assert (row.fit, row.fit_completeness, row.fit_band) == (fit, completeness, band)
    assert (row.engagement, int(scores.attention[place])) == (engaged.score, engaged.attention)
    assert (row.people_engaged, row.stage) == (engaged.people, engaged.stage)
    assert row.engagement_change == reference.six_decimals(engaged.score - before.score)
    assert (row.intent, int(scores.intent_attention[place])) == (intent, attention)
    assert row.priority == reference.priority((fit, engaged.score, intent), data["priority"])  # type: ignore[arg-type]
    assert (row.buying_group_coverage, row.engaged_coverage) == (coverage, engaged_coverage)
    assert list(row.gap) == gap
    points = [kept / 1e6 for _, kept in sorted(engaged.kept_of_person.items())]
    assert list(scores.points_of_people(place).values()) == points


def test_the_random_accounts_reach_every_band_and_stage() -> None:
    rng = random.Random(20261122)
    scores = kernel_facts([company(f"a{number:04}", rng) for number in range(1000)]).score(
        model_named("default")[1]
    )
    assert {FIT_BANDS[band] for band in scores.fit_band} == set(FIT_BANDS)
    assert {STAGES[stage] for stage in scores.stage} == set(STAGES)
    assert set(scores.engagement_trend.tolist()) == {0, 1, 2}
    assert set(scores.exclusion) == {"", "customer"}


@few
@given(randoms, model_names)
def test_ledger_rows_sum_to_every_score(rng: random.Random, name: str) -> None:
    model = model_named(name)[1]
    facts = kernel_facts(companies(rng))
    scores = facts.score(model)
    for place in range(len(facts.accounts)):
        entries = ledger_of(facts, place, model)
        assert entries.scores == scores.row(place)
        for part in ("fit", "engagement", "intent", "priority"):
            assert abs(entries.total(part) - getattr(entries.scores, part)) <= 1e-9


@few
@given(randoms, model_names)
def test_a_ledger_has_no_filler_but_rounding_below_a_millionth(rng: random.Random, name: str) -> None:
    model = model_named(name)[1]
    facts = kernel_facts(companies(rng, most=2))
    for place in range(len(facts.accounts)):
        rounding = [row for row in ledger_of(facts, place, model).rows if row.source == "rounding"]
        assert {row.score for row in rounding} <= {"fit", "priority"}
        assert len(rounding) == len({row.score for row in rounding})
        assert all(abs(row.points) <= 5.01e-7 for row in rounding)


@few
@given(randoms, model_names)
def test_ledger_rows_are_the_references_shares(rng: random.Random, name: str) -> None:
    data, model = model_named(name)
    each = company("a0", rng)
    result = reference.engagement(each.account, data, NOW)
    entries = ledger_of(kernel_facts([each], rng), 0, model)
    rows = {row.key: row.points for row in entries.of("engagement")}
    total = sum(result.kept.values())
    assert rows.keys() == result.kept.keys()
    for id_, kept in result.kept.items():
        assert rows[id_] == pytest.approx(result.score * kept / total if total else 0.0, abs=1e-12)


@few
@given(randoms, model_names)
def test_the_reasons_fit_the_field_and_name_the_model(rng: random.Random, name: str) -> None:
    model = model_named(name)[1]
    entries = ledger_of(kernel_facts([company("a0", rng, activities=60)]), 0, model)
    text = why(entries, "one_to_few")
    assert len(text) <= MAX_LENGTH
    assert text.endswith(f"Model {model.version}.")
    assert text.startswith(f"Priority {entries.scores.priority:.1f} (1:few).")


@few
@given(randoms, model_names)
def test_order_of_input_changes_no_byte(rng: random.Random, name: str) -> None:
    model = model_named(name)[1]
    listed = companies(rng)
    scores = kernel_facts(listed).score(model)
    rng.shuffle(listed)
    shuffled = kernel_facts(listed, rng).score(model)
    for place, key in enumerate(shuffled.keys):
        assert column_bytes(shuffled, place) == column_bytes(scores, scores.keys.index(key))


@few
@given(randoms, model_names)
def test_partitions_and_batches_change_no_byte(rng: random.Random, name: str) -> None:
    model = model_named(name)[1]
    listed = companies(rng, most=5)
    whole = kernel_facts(listed).score(model)
    cut = rng.randint(0, len(listed))
    parts = [kernel_facts(part).score(model) for part in (listed[:cut], listed[cut:])]
    joined = [column_bytes(part, place) for part in parts for place in range(len(part))]
    assert joined == [column_bytes(whole, place) for place in range(len(whole))]


@few
@given(randoms, model_names)
def test_shuffled_input_gives_the_same_ledger(rng: random.Random, name: str) -> None:
    model = model_named(name)[1]
    each = company("a0", rng)
    assert ledger_of(kernel_facts([each]), 0, model) == ledger_of(kernel_facts([each], rng), 0, model)


@few
@given(randoms, model_names, st.integers(0, 60 * DAY))
def test_replaying_a_past_instant_gives_what_was_scored_then(rng: random.Random, name: str, ago: int) -> None:
    model = model_named(name)[1]
    listed = companies(rng)
    now = NOW - ago
    today = kernel_facts(listed).score(model, now)
    then = kernel_facts([known_at(each, now) for each in listed]).score(model, now)
    for place in range(len(listed)):
        assert column_bytes(today, place) == column_bytes(then, place)


def settled(rng: random.Random) -> Company:
    """A company in whose future nothing is waiting to happen."""
    return known_at(company("a0", rng), NOW)


@few
@given(randoms, model_names, st.integers(0, 40 * DAY))
def test_fit_and_intent_never_rise_with_time(rng: random.Random, name: str, later: int) -> None:
    model = model_named(name)[1]
    facts = kernel_facts([settled(rng)])
    before, after = facts.score(model), facts.score(model, NOW + later)
    assert after.fit[0] == before.fit[0]
    assert after.intent[0] <= before.intent[0]


@few
@given(randoms, st.integers(0, 40 * DAY))
def test_without_channel_caps_no_score_rises_with_time(rng: random.Random, later: int) -> None:
    model = model_named("uncapped")[1]
    facts = kernel_facts([settled(rng)])
    before, after = facts.score(model), facts.score(model, NOW + later)
    assert after.engagement[0] <= before.engagement[0]
    assert after.people_engaged[0] <= before.people_engaged[0]
    assert after.priority[0] <= before.priority[0]


@few
@given(randoms, st.integers(0, 40 * DAY))
def test_with_channel_caps_kept_points_rise_by_no_more_than_rounding(rng: random.Random, later: int) -> None:
    model = model_named("tight")[1]
    each = settled(rng)
    evidence = kernel_facts([each]).evidence
    before, after = engagement(evidence, model, NOW, 1), engagement(evidence, model, NOW + later, 1)
    assert after.kept[0] <= before.kept[0] + len(each.account.activities)


def one_more(each: Company, rng: random.Random) -> Company:
    """The company after one more activity of anybody, known or not."""
    donors = [company("b", rng) for _ in range(3)]
    spare = [activity for donor in donors for activity in donor.account.activities]
    fallback = reference.Activity("a", None, "meeting", NOW)
    person = rng.choice([None, *each.people])
    added = replace(rng.choice([*spare, fallback]), id=rng.choice(["a", "zz"]), person=person)
    return with_activities(each, [*each.account.activities, added])


@few
@given(randoms)
def test_without_channel_caps_an_activity_never_lowers_engagement(rng: random.Random) -> None:
    model = model_named("uncapped")[1]
    each = company("a0", rng)
    before = kernel_facts([each]).score(model)
    after = kernel_facts([one_more(each, rng)]).score(model)
    assert after.engagement[0] >= before.engagement[0]
    assert after.people_engaged[0] >= before.people_engaged[0]


@few
@given(randoms)
def test_with_channel_caps_an_activity_lowers_kept_points_by_no_more_than_rounding(
    rng: random.Random,
) -> None:
    model = model_named("tight")[1]
    each = company("a0", rng)
    before = engagement(kernel_facts([each]).evidence, model, NOW, 1)
    after = engagement(kernel_facts([one_more(each, rng)]).evidence, model, NOW, 1)
    assert after.kept[0] >= before.kept[0] - len(each.account.activities) - 1
