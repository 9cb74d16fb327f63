"""A sync with nothing to do scores and plans nothing; whatever might give it something to do ends that."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import millis
from core.config import Config
from core.records import Kind
from core.signals import Signal
from store.signals import keep_signals
from store.tier_overrides import COMMAND_LINE, Decided, log_override
from sync.engine import Engine
from sync.runs import run_sync
from tests.memory_crm import MemoryCrm
from tests.worlds import (
    AS_OF,
    GOOD_FIT,
    POOR_FIT,
    World,
    account,
    activity,
    contact,
    count,
    default_model,
    new_database,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two CRMs, synced until there was nothing to do."""
    made = World(new_database(tmp_path), [MemoryCrm("one"), MemoryCrm("two")])
    for crm in made.crms:
        crm.put(account("a1", "acme.com", fields=GOOD_FIT), account("a2", "beta.com", fields=GOOD_FIT))
        crm.put(contact("c1", "jo@acme.com", title="CFO"))
        crm.put(activity("meeting:1", 3.0, contact_ids=("c1",), account_id="a1"))
    made.install()
    for _ in range(2):
        run_sync(engine_of(made), AS_OF)
    yield made
    made.database.close()


def engine_of(world: World, **settings: object) -> Engine:
    config = Config.model_validate({"connections": {"memory": None}, **settings})
    return Engine(
        world.database, world.connections, config, default_model(), "model", world.progress, lambda: AS_OF
    )


def test_a_sync_with_nothing_to_do_neither_scores_nor_plans(world: World) -> None:
    report = run_sync(engine_of(world), AS_OF + HOUR)
    assert report.scored is None
    assert report.plan is not None
    assert report.plan.is_empty
    assert report.counts()["accounts"] == 2
    again = run_sync(engine_of(world), AS_OF + 2 * HOUR)
    assert again.scored is None


def _edit(world: World) -> None:
    world.crms[1].tick()
    world.crms[1].edit(Kind.ACCOUNT, "a2", fields=POOR_FIT)


def _type_over(world: World) -> None:
    world.crms[0].tick()
    world.crms[0].set_value(Kind.ACCOUNT, "a1", "tier", "none")


def _take_off(world: World) -> None:
    world.crms[0].lists["list-one_to_one"].discard("a1")


def _meet(world: World) -> None:
    world.crms[0].tick()
    world.crms[0].put(activity("meeting:2", 1.0, contact_ids=("c1",), account_id="a1"))


def _delete(world: World) -> None:
    world.crms[0].tick()
    world.crms[0].delete(Kind.CONTACT, "c1")


def _decide(world: World) -> None:
    number = count(world.database, "SELECT min(id) FROM account")
    log_override(
        world.database,
        Decided(number, COMMAND_LINE, "", "none", "Ann", "a test", millis(AS_OF), None),
    )


def _hear(world: World) -> None:
    signal = Signal("bombora", "s1", "acme.com", "topic", "planning", 90.0, AS_OF)
    keep_signals(world.database, [signal], now_ms=millis(AS_OF))


@pytest.mark.parametrize("happens", [_edit, _type_over, _take_off, _meet, _delete, _decide, _hear])
def test_whatever_happens_is_seen_by_the_next_sync(world: World, happens: Callable[[World], None]) -> None:
    happens(world)
    assert run_sync(engine_of(world), AS_OF + HOUR).scored is not None


def test_what_is_to_do_is_done_as_without_the_short_cut(world: World) -> None:
    before = world.state()
    _take_off(world)
    run_sync(engine_of(world), AS_OF + HOUR)
    assert world.state() == before


def test_another_day_another_model_and_another_configuration_are_scored(world: World) -> None:
    assert run_sync(engine_of(world), AS_OF + DAY).scored is not None
    run_sync(engine_of(world), AS_OF + DAY)
    assert run_sync(engine_of(world), AS_OF + DAY + HOUR).scored is None
    assert run_sync(engine_of(world, sync={"min_change": 2.0}), AS_OF + DAY + HOUR).scored is not None
    engine = replace(engine_of(world, sync={"min_change": 2.0}), model_text="another model")
    assert run_sync(engine, AS_OF + DAY + HOUR).scored is not None


def test_a_meeting_counts_from_its_hour_on(world: World) -> None:
    crm = world.crms[0]
    crm.tick()
    crm.put(activity("meeting:9", -2 / 24, contact_ids=("c1",), account_id="a1"))
    for _ in range(2):
        run_sync(engine_of(world), AS_OF)
    assert run_sync(engine_of(world), AS_OF + HOUR).scored is None
    report = run_sync(engine_of(world), AS_OF + 3 * HOUR)
    assert report.scored is not None
    assert report.counts()["records_written"] > 0


def test_the_trend_moves_when_a_meeting_of_28_days_ago_begins_to_count(world: World) -> None:
    crm = world.crms[0]
    crm.tick()
    crm.put(activity("meeting:9", 28 - 2 / 24, contact_ids=("c1",), account_id="a1"))
    for _ in range(2):
        run_sync(engine_of(world), AS_OF)
    assert run_sync(engine_of(world), AS_OF + HOUR).scored is None
    assert run_sync(engine_of(world), AS_OF + 3 * HOUR).scored is not None


def test_a_decision_that_ends_is_seen_in_its_hour(world: World) -> None:
    number, end = count(world.database, "SELECT min(id) FROM account"), AS_OF + 2 * HOUR
    decided = Decided(number, COMMAND_LINE, "", "none", "Ann", "a test", millis(AS_OF), millis(end))
    log_override(world.database, decided)
    for _ in range(2):
        run_sync(engine_of(world), AS_OF)
    assert run_sync(engine_of(world), AS_OF + HOUR).scored is None
    report = run_sync(engine_of(world), end)
    assert report.scored is not None
    assert report.counts()["tier_moves"] == 1
