"""The invariants of docs/scoring.md section 9, and agreement with the plain-Python reference."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engagement import points_of_people
from scoring.fit import FIT_BANDS
from scoring.kernel import STAGES, Scores
from scoring.ledger import Ledger, ledger
from scoring.model import Model
from scoring.ranges import FactsInMemory
from scoring.reasons import MAX_LENGTH, reasons, reasons_of, why
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

AS_OF = datetime.fromtimestamp(NOW, UTC)
randoms = st.randoms(use_true_random=False)
seeded = st.integers(0, 2**32).map(random.Random)
"""Spread evenly, for what only a crowd of activities can break; `randoms` keeps to simple worlds."""
MODELS = ("default", "tight", "uncapped")
model_names = st.sampled_from(MODELS)
few = settings(max_examples=60, deadline=None)
many = settings(max_examples=200, deadline=None)

NEVER_RISING = (
    "fit",
    "engagement",
    "attention",
    "people_engaged",
    "stage",
    "intent",
    "priority",
    "buying_group_coverage",
    "engaged_coverage",
)
"""Columns that no passing of time raises and no further activity lowers."""


def ledger_of(facts: Facts, place: int, model: Model, now: int = NOW) -> Ledger:
    return ledger(
        facts.accounts[place],
        facts.evidence.of(place),
        facts.signals.of(place),
        facts.contacts.of(place),
        model,
        datetime.fromtimestamp(now, UTC),
    )


@pytest.mark.parametrize(
    ("name", "seed", "size"), [("default", 1, 4000), ("tight", 2, 4000), ("uncapped", 3, 2000)]
)
def test_the_kernel_agrees_with_the_reference_on_random_accounts(name: str, seed: int, size: int) -> None:
    data, model = model_named(name)
    rng = random.Random(seed)
    listed = [company(f"a{number:04}", rng) for number in range(size)]
    facts = kernel_facts(listed, rng)
    scores = facts.score(model)
    points = points_of_people(facts.evidence, model, AS_OF, size)
    for place, each in enumerate(listed):
        assert_agrees(scores, place, each.account, data)
        kept = reference.engagement(each.account, data, NOW).kept_of_person
        assert list(points[place].values()) == [kept[person] / 1e6 for person in sorted(kept)]


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
    total = sum(result.shares.values())
    assert rows.keys() == result.shares.keys()
    for id_, share in result.shares.items():
        assert rows[id_] == pytest.approx(result.score * float(share / total) if total else 0.0, abs=1e-12)


@few
@given(randoms, model_names)
def test_the_reasons_fit_the_field_and_name_the_model(rng: random.Random, name: str) -> None:
    model = model_named(name)[1]
    entries = ledger_of(kernel_facts([company("a0", rng, activities=60)]), 0, model)
    text = why(reasons_of(entries), "one_to_few")
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


def bytes_by_key(parts: Sequence[Facts], model: Model) -> dict[str, dict[str, bytes]]:
    scored = [part.score(model) for part in parts]
    return {key: column_bytes(scores, place) for scores in scored for place, key in enumerate(scores.keys)}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("partitions", [1, 2, 7])
def test_partitions_and_shuffled_rows_give_identical_bytes(name: str, partitions: int) -> None:
    model = model_named(name)[1]
    rng = random.Random(20261122)
    listed = [company(f"a{number:04}", rng, activities=40) for number in range(300)]
    whole = bytes_by_key([kernel_facts(listed)], model)
    shuffled = rng.sample(listed, len(listed))
    parts = [shuffled[number::partitions] for number in range(partitions)]
    assert bytes_by_key([kernel_facts(part, rng) for part in parts], model) == whole
    ordered = [
        listed[number * 300 // partitions : (number + 1) * 300 // partitions] for number in range(partitions)
    ]
    assert bytes_by_key([kernel_facts(part) for part in ordered], model) == whole


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


@pytest.mark.parametrize("name", MODELS)
@many
@given(seeded, st.integers(0, 100 * DAY))
def test_no_score_rises_with_time(name: str, rng: random.Random, later: int) -> None:
    model = model_named(name)[1]
    facts = kernel_facts([crowded(rng)])
    before, after = facts.score(model), facts.score(model, NOW + later)
    for column in NEVER_RISING:
        assert getattr(after, column)[0] <= getattr(before, column)[0], column


def crowded(rng: random.Random) -> Company:
    """A settled company, most of them with people who fill a channel over and over."""
    each = company("a0", rng, activities=rng.choice([0, 30]))
    clicks = [
        reference.Activity(
            id=f"c{number:03}",
            person=rng.choice([None, *each.people]),
            type=rng.choice(["email_click", "email_click", "page_view"]),
            occurred_at=NOW - rng.choice([0, 0, 1, 2, 5, 13]) * DAY - rng.randint(0, 9000),
        )
        for number in range(rng.choice([0, 8, 20, 50]))
    ]
    return known_at(with_activities(each, [*each.account.activities, *clicks]), NOW)


def one_more(each: Company, rng: random.Random) -> Company:
    """The company after one more activity of anybody, known or not."""
    donors = [company("b", rng) for _ in range(3)]
    spare = [activity for donor in donors for activity in donor.account.activities]
    likely = [reference.Activity("a", None, kind, NOW) for kind in ("email_click", "page_view")]
    person = rng.choice([None, *each.people])
    added = replace(
        rng.choice(rng.choice([spare, likely, likely]) or likely), id=rng.choice(["a", "zz"]), person=person
    )
    return with_activities(each, [*each.account.activities, added])


@pytest.mark.parametrize("name", MODELS)
@many
@given(seeded)
def test_one_more_activity_lowers_nothing(name: str, rng: random.Random) -> None:
    model = model_named(name)[1]
    each = crowded(rng)
    before = kernel_facts([each]).score(model)
    after = kernel_facts([one_more(each, rng)]).score(model)
    for column in NEVER_RISING:
        assert getattr(after, column)[0] >= getattr(before, column)[0], column


@pytest.mark.parametrize("name", MODELS)
@many
@given(seeded)
def test_a_longer_activity_lowers_nothing(name: str, rng: random.Random) -> None:
    """Higher base points push a lower one over the daily cap, of the same person, type and day."""
    model = model_named(name)[1]
    each = crowded(rng)
    calls = [
        reference.Activity(f"m{number}", None, "meeting", NOW - DAY, rng.randint(0, 60))
        for number in range(25)
    ]
    short = with_activities(each, [*each.account.activities, *calls])
    longer = [replace(calls[0], minutes=rng.randint(int(calls[0].minutes or 0), 60)), *calls[1:]]
    long = with_activities(each, [*each.account.activities, *longer])
    before, after = kernel_facts([short]).score(model), kernel_facts([long]).score(model)
    for column in NEVER_RISING:
        assert getattr(after, column)[0] >= getattr(before, column)[0], column


@few
@given(randoms, model_names)
def test_reasons_of_many_accounts_say_what_each_ledger_says(rng: random.Random, name: str) -> None:
    model = model_named(name)[1]
    facts = kernel_facts([company(f"a{number}", rng, activities=60) for number in range(4)])
    scores = facts.score(model)
    source = FactsInMemory(facts.accounts, facts.evidence, facts.signals, facts.contacts)
    found = reasons(source, [scores.row(place) for place in range(4)], model, AS_OF)
    for place, each in enumerate(found):
        assert why(each, "one_to_one") == why(reasons_of(ledger_of(facts, place, model)), "one_to_one")
