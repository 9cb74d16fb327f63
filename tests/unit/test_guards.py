"""Guards: what stops a plan until a person has looked at it."""

from core.config import GuardSettings
from core.records import Kind, RecordRef
from sync.guards import World, stops
from sync.plan import MemberChange, Plan, RecordChange

LIMITS = GuardSettings(tier_moves_percent=25, list_leaves_percent=25, floor=20)


def leaves_tier(account_id: int, connection_id: int = 1, before: str | None = "one_to_one") -> RecordChange:
    ref = RecordRef(Kind.ACCOUNT, f"a{account_id}")
    return RecordChange(connection_id, ref, account_id, {"tier": before}, {"tier": "none"})


def leaves_list(count: int, added: int = 0) -> MemberChange:
    add, remove = [tuple(f"{word}{i}" for i in range(n)) for word, n in (("in", added), ("out", count))]
    return MemberChange(1, "targets", "ABM Targets", "list-1", add, remove)


def test_a_quarter_may_move_and_no_more() -> None:
    world = World(40, {})
    assert stops(Plan(records=tuple(leaves_tier(n) for n in range(10))), world, LIMITS) == []
    [reason] = stops(Plan(records=tuple(leaves_tier(n) for n in range(11))), world, LIMITS)
    assert "11 of 40" in reason
    assert "guards.tier_moves_percent" in reason


def test_an_account_with_records_in_two_crms_moves_once() -> None:
    moves = tuple(leaves_tier(n, connection) for n in range(10) for connection in (1, 2))
    assert stops(Plan(records=moves), World(40, {}), LIMITS) == []


def test_small_worlds_are_not_guarded() -> None:
    everyone = Plan(records=tuple(leaves_tier(n) for n in range(19)))
    assert stops(everyone, World(19, {}), LIMITS) == []
    assert stops(everyone, World(20, {}), LIMITS) != []


def test_a_first_push_gives_everybody_a_tier() -> None:
    first = Plan(
        records=tuple(leaves_tier(n, before=None) for n in range(500)), members=(leaves_list(0, 500),)
    )
    assert stops(first, World(0, {(1, "targets"): 0}), LIMITS) == []


def test_entering_a_tier_and_other_fields_are_no_moves() -> None:
    entering = tuple(leaves_tier(n, before="none") for n in range(40))
    scores = tuple(
        RecordChange(1, RecordRef(Kind.ACCOUNT, f"a{n}"), n, {"fit_score": "1.0"}, {"fit_score": "9.0"})
        for n in range(40)
    )
    assert stops(Plan(records=entering + scores), World(40, {}), LIMITS) == []


def test_a_list_may_lose_a_quarter_of_its_members() -> None:
    world = World(0, {(1, "targets"): 40, (2, "targets"): 400})
    assert stops(Plan(members=(leaves_list(10),)), world, LIMITS) == []
    [reason] = stops(Plan(members=(leaves_list(11, added=500),)), world, LIMITS)
    assert "11 of 40 members would leave the list ABM Targets" in reason


def test_every_reason_is_told() -> None:
    plan = Plan(records=tuple(leaves_tier(n) for n in range(40)), members=(leaves_list(40),))
    assert len(stops(plan, World(40, {(1, "targets"): 40}), LIMITS)) == 2


def test_so_many_writes_and_no_more_where_that_is_set() -> None:
    plan = Plan(records=tuple(leaves_tier(n, before=None) for n in range(3)), members=(leaves_list(1, 2),))
    assert stops(plan, World(0, {}), LIMITS) == []
    limits = LIMITS.model_copy(update={"writes": 6})
    assert stops(plan, World(0, {}), limits) == []
    [reason] = stops(plan, World(0, {}), limits.model_copy(update={"writes": 5}))
    assert reason == ("3 records and 3 memberships would be written (allowed are 5 together: guards.writes).")


def test_half_of_the_calls_that_are_left_may_go_where_the_crm_says_how_many() -> None:
    world = World(0, {}, {"one": 50, "two": 51, "three": 999}, {"one": 100, "two": 101})
    [reason] = stops(Plan(), World(0, {}, {"one": 51}, {"one": 100}), LIMITS)
    assert "one: the writes take 51 API calls at least, 100 are left today" in reason
    assert len(stops(Plan(), world, LIMITS)) == 1


def test_a_list_that_lost_many_of_our_members_stops_the_plan() -> None:
    world = World(40, {(1, "abm"): 40}, lost={(1, "abm"): 11})
    [reason] = stops(Plan(), world, LIMITS)
    assert "11 of 40 members that we put on the list abm are no longer on it (28%" in reason
    assert stops(Plan(), World(40, {(1, "abm"): 40}, lost={(1, "abm"): 10}), LIMITS) == []
    assert stops(Plan(), World(40, {(1, "abm"): 19}, lost={(1, "abm"): 19}), LIMITS) == []
