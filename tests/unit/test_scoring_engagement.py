"""Points, caps, breadth, stage and trend by hand (docs/scoring.md sections 2 and 3)."""

from datetime import UTC, datetime

import numpy as np
import pytest

from scoring.engagement import Engagement, engagement, kept_of_people, points_of_people
from scoring.evidence import ActivityRow, Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.kernel import STAGES, TRENDS, Scores, score
from scoring.model import Model, build_model
from scoring.people import People, PersonRow
from scoring.signals import Signals
from scoring.units import sums_by
from tests.scoring_world import DAY, default_data

NOON = 20_000 * DAY + DAY // 2
AS_OF = datetime.fromtimestamp(NOON, UTC)
PEOPLE = People.from_rows(
    [
        PersonRow("ann", "Ann", None),
        PersonRow("bob", "Bob", None),
        PersonRow("cem", "Cem", None),
        PersonRow("vic", "Vic", "VP Sales"),
        PersonRow("zoe", "Zoe", "CEO", "CHAMPION"),
    ]
)
Row = tuple[str | None, str, float, float | None]


def default_model(**engagement_settings: object) -> Model:
    data = default_data()
    data["engagement"] |= engagement_settings
    return build_model(data, "m")


def evidence_of(*rows: Row) -> Evidence:
    """From (person, type, age in days, minutes)."""
    listed = [
        ActivityRow(f"e{place:03}", "a", person, type_, int(NOON - age * DAY), minutes)
        for place, (person, type_, age, minutes) in enumerate(rows)
    ]
    return Evidence.from_rows(["a"], PEOPLE, listed)


def engaged(*rows: Row, model: Model | None = None) -> Engagement:
    return engagement(evidence_of(*rows), model or default_model(), NOON, 1)


def kept(*rows: Row, model: Model | None = None) -> float:
    return int(engaged(*rows, model=model).kept[0]) / 1e6


def scores_of(*rows: Row, model: Model | None = None) -> Scores:
    return score(
        [AccountFacts("a", {})],
        evidence_of(*rows),
        Signals.none(),
        Contacts.none(PEOPLE),
        model or default_model(),
        AS_OF,
    )


@pytest.mark.parametrize(
    ("row", "points"),
    [
        (("ann", "email_click", 0, None), 1),
        (("ann", "email_click", 30, None), 0.5),
        (("ann", "email_click", 90, None), 0.125),
        (("ann", "email_click", 91, None), 0),
        (("ann", "email_click", -0.01, None), 0),
        (("ann", "meeting", 0, None), 30),
        (("ann", "meeting", 0, 45), 45),
        (("ann", "meeting", 0, 90), 60),
        (("ann", "meeting", 0, 0), 0),
        (("ann", "meeting", 0, 2.5), 2),
        (("ann", "meeting", 0, 3.5), 4),
        (("ann", "call_connected", 0, None), 5),
        (("ann", "call_connected", 0, 31), 30),
        (("ann", "page_view", 0, 45), 1),
        (("vic", "meeting", 0, 20), 30),
        (("zoe", "meeting", 0, 20), 60),
        ((None, "meeting", 0, 20), 20),
        (("ann", "carrier_pigeon", 0, None), 0),
        (("ann", "email_click", 1, None), 0.97716),
    ],
)
def test_points_of_one_activity(row: Row, points: float) -> None:
    assert kept(row) == points


def test_age_is_counted_in_utc_days() -> None:
    assert kept(("ann", "email_click", 0.49, None)) == 1.0
    assert kept(("ann", "email_click", 0.51, None)) == 0.97716


def test_a_type_may_have_its_own_half_life() -> None:
    data = default_data()
    data["engagement"]["types"]["meeting"]["half_life_days"] = 10
    assert kept(("ann", "meeting", 10, None), model=build_model(data, "m")) == 15


def test_the_daily_cap_keeps_the_highest_of_one_person_type_and_day() -> None:
    model = default_model(max_per_day=2)
    calls: list[Row] = [("ann", "call_connected", 0, minutes) for minutes in (3, 9, None, 7)]
    assert kept(*calls, model=model) == 16
    assert kept(*calls, ("bob", "call_connected", 0, 3), model=model) == 19
    assert kept(*calls, ("ann", "meeting", 0, 3), model=model) == 19
    assert kept(*calls, ("ann", "call_connected", 30, 4), model=model) == 18


def test_unknown_people_of_an_account_share_one_daily_cap() -> None:
    model = default_model(max_per_day=2)
    assert kept(*[(None, "page_view", 0, None)] * 5, model=model) == 2


def test_equal_activities_over_the_daily_cap_lose_the_later_then_the_larger_id() -> None:
    rows = [
        ActivityRow("b", "a", "ann", "page_view", NOON),
        ActivityRow("a", "a", "ann", "page_view", NOON),
        ActivityRow("c", "a", "ann", "page_view", NOON - 60),
    ]
    evidence = Evidence.from_rows(["a"], PEOPLE, rows)
    result = engagement(evidence, default_model(max_per_day=2), NOON, 1)
    assert evidence.ids[result.rows.row[result.rows.over_daily_cap]].tolist() == ["b"]


def test_a_channel_keeps_its_cap_and_shares_it_by_points() -> None:
    result = engaged(
        *[("ann", "email_reply", age, None) for age in (0,) * 9], ("bob", "email_reply", 30, None)
    )
    assert result.rows.channel_raw.tolist() == [47_500_000] * 10
    assert result.rows.kept.tolist() == [5_000_000 * 40_000_000 // 47_500_000] * 9 + [2_105_263]
    assert result.kept[0] == 40_000_000


def test_a_channel_without_cap_keeps_everything() -> None:
    assert kept(*[("ann", "meeting", 0, 60)] * 20) == 1200


@pytest.mark.parametrize(
    ("people", "attention"),
    [
        ([None], 18.0),
        (["ann"], 18.0),
        (["ann", "bob"], 48.0),
        (["ann", "bob", "cem"], 90.0),
        (["ann", "bob", "cem", "vic"], 135.0),
    ],
)
def test_breadth_rewards_more_people(people: list[str | None], attention: float) -> None:
    rows: list[Row] = [(person, "meeting", 0, 30) for person in people]
    assert int(engaged(*rows).attention[0]) / 1e6 == attention


def test_a_person_is_engaged_from_one_point() -> None:
    assert engaged(("ann", "email_click", 0, None)).people_engaged[0] == 1
    assert engaged(("ann", "email_click", 1, None)).people_engaged[0] == 0


def test_fifty_points_make_fifty() -> None:
    meetings: list[Row] = [("ann", "meeting", 0, 60), ("bob", "meeting", 0, 2)]
    opens: list[Row] = [(None, "email_open", 0, None)] * 5
    assert engaged(*meetings, *opens).attention[0] == 50_000_000
    assert engaged(*meetings, *opens).score[0] == 50.0
    assert engaged().score[0] == 0.0


@pytest.mark.parametrize(
    ("rows", "stage"),
    [
        ([], "none"),
        ([("ann", "email_click", 0, None)], "none"),
        ([("ann", "email_reply", 0, None)], "aware"),
        ([("ann", "meeting", 0, 17)], "engaged"),
        ([("ann", "meeting", 0, 60)] * 9, "engaged"),
        ([("ann", "meeting", 0, 60)] * 3 + [("bob", "meeting", 0, 19)], "engaged"),
        ([("ann", "meeting", 0, 60)] * 3 + [("bob", "meeting", 0, 20)], "mqa"),
        ([("ann", "meeting", 0, 60), ("bob", "meeting", 0, 60)], "engaged"),
    ],
)
def test_stages(rows: list[Row], stage: str) -> None:
    scores = scores_of(*rows)
    assert STAGES[scores.stage[0]] == stage
    assert scores.row(0).mqa == scores.mqa[0] == (stage == "mqa")


def test_trend_compares_with_what_had_occurred_28_days_ago() -> None:
    scores = scores_of(("ann", "meeting", 27, 60))
    assert scores.engagement_change[0] == scores.engagement[0] > 5
    assert scores.row(0).engagement_trend == "up"
    faded = scores_of(("ann", "meeting", 29, 60))
    assert faded.row(0).engagement_trend == "down"
    assert TRENDS[scores_of().engagement_trend[0]] == "flat"


def test_a_change_of_exactly_the_threshold_is_a_direction() -> None:
    model = default_model(half_score_points=19, breadth=[1.0], cut_days=27)
    up, down = (scores_of(("ann", "email_click", age, None), model=model) for age in (0, 28))
    assert (up.engagement_change[0], up.row(0).engagement_trend) == (5.0, "up")
    assert (down.engagement_change[0], down.row(0).engagement_trend) == (-5.0, "down")


def test_last_activity_is_the_latest_that_counts() -> None:
    scores = scores_of(
        ("ann", "page_view", 3, None), (None, "email_open", 2, None), ("bob", "chat", -1, None)
    )
    assert scores.last_activity_at.tolist() == [NOON - 2 * DAY]
    assert scores.row(0).last_activity_at == datetime.fromtimestamp(NOON - 2 * DAY, UTC)
    assert scores_of(("ann", "page_view", 91, None)).row(0).last_activity_at is None


def test_points_of_people_name_known_people_only() -> None:
    rows: list[Row] = [("ann", "meeting", 0, 10), (None, "meeting", 0, 10), ("bob", "chat", 0, None)]
    points = points_of_people(evidence_of(*rows), default_model(), AS_OF, 1)
    assert points == [{PEOPLE.ids.index("ann"): 10.0, PEOPLE.ids.index("bob"): 5.0}]


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        score(
            [],
            Evidence.none(PEOPLE),
            Signals.none(),
            Contacts.none(PEOPLE),
            default_model(),
            AS_OF.replace(tzinfo=None),
        )


def test_no_accounts_make_no_scores() -> None:
    scores = score([], Evidence.none(PEOPLE), Signals.none(), Contacts.none(PEOPLE), default_model(), AS_OF)
    assert len(scores) == 0


def test_sums_stay_exact_beyond_the_floats() -> None:
    values = np.array([2**53, 1, 1], dtype=np.int64)
    assert sums_by(np.array([0, 0, 1]), values, 2).tolist() == [2**53 + 1, 1]


def test_the_largest_model_stays_inside_64_bits() -> None:
    data = default_data()
    data["engagement"]["channels"]["sales"] = {"cap": 3000}
    data["engagement"]["types"]["meeting"] = {"channel": "sales", "points": 1000}
    rows: list[Row] = [("zoe", "meeting", 0, None)] * 3
    result = engaged(*rows, model=build_model(data, "m"))
    assert result.rows.points.tolist() == [3_000_000_000] * 3
    assert result.rows.kept.tolist() == [1_000_000_000] * 3


def test_a_flood_in_a_capped_channel_pushes_nobody_out() -> None:
    """Whose points make somebody engaged are counted before the cap: one more e-mail cannot cost breadth."""
    calm: list[Row] = [*[("ann", "email_reply", 0, None)] * 7, ("bob", "email_click", 0, None)]
    flood: list[Row] = [*calm, ("ann", "email_reply", 1, None)]
    assert engaged(*calm).people_engaged[0] == engaged(*flood).people_engaged[0] == 2
    assert engaged(*flood).kept[0] == 40_000_000
    assert engaged(*flood).score[0] > engaged(*calm).score[0]


def test_a_fading_flood_brings_nobody_back() -> None:
    """The same in time: when the flood passes the cut, the other person's share of the cap grows."""
    ages = [90] * 20 + list(range(60, 90))
    flood: list[Row] = [("ann", "email_reply", age, None) for age in ages]
    model = default_model(min_person_points=1.0, half_life_days=3650, max_per_day=100)
    rows: list[Row] = [*flood, ("bob", "email_click", 0, None), ("bob", "email_click", 1, None)]
    evidence = evidence_of(*rows)
    before, after = (engagement(evidence, model, NOON + days * DAY, 1) for days in (0, 20))
    assert before.people_engaged[0] == after.people_engaged[0] == 2
    assert kept_of_people(before)[1] < before.people.raw[1]
    assert kept_of_people(before)[1] < kept_of_people(after)[1]
    assert after.score[0] == before.score[0]


def test_a_share_rounded_down_costs_the_account_nothing() -> None:
    """A channel beyond its cap keeps the cap, though its people's shares come to a micro-point less."""
    replies: list[Row] = [("ann", "email_reply", 0, None), ("bob", "email_reply", 0, None)]
    result = engaged(*replies, ("cem", "email_reply", 0, None), model=with_email_cap(10))
    assert result.kept.tolist() == [10_000_000]
    assert kept_of_people(result).sum() == 9_999_999


def with_email_cap(cap: float) -> Model:
    data = default_data()
    data["engagement"]["channels"]["email"] = {"cap": cap}
    return build_model(data, "m")
