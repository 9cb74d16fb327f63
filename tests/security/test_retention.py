"""Retention (S33): what is too old goes, what a score or a rollback needs stays."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import millis
from core.config import Config
from core.errors import ConfigError
from core.records import Kind
from core.retention_settings import RetentionSettings
from store.retention import _RULES
from sync.engine import Engine
from sync.retention import days_of, look, run_purge
from sync.rollback_run import look as look_at_rollback
from sync.tasks import TASKS
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

DAY = timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(new_database(tmp_path), [MemoryCrm("one")])
    crm = made.crms[0]
    crm.put(account("a1", "acme.com", fields=GOOD_FIT), account("a2", "beta.com", fields=POOR_FIT))
    crm.put(contact("c1", "jo@acme.com", account_id="a1"), contact("c2", "old@acme.com", account_id="a1"))
    for name, days in (("meeting:new", 3), ("meeting:old", 400)):
        crm.put(activity(name, days, account_id="a1", contact_ids=("c1",)))
    made.install()
    made.sync()
    yield made
    made.database.close()


def engine_of(world: World, later: timedelta, **retention: int) -> Engine:
    """An engine so much later, under this [retention]."""
    config = Config.model_validate({"connections": {"memory": None}, "retention": retention})
    return Engine(
        world.database,
        world.connections,
        config,
        default_model(),
        "model",
        world.progress,
        lambda: AS_OF + later,
    )


def test_s33_a_purge_takes_what_is_too_old_and_only_that(world: World) -> None:
    engine = engine_of(world, 100 * DAY, activities_days=365, run_details_days=90, list_history_days=200)
    planned = look(engine)
    before = count(world.database, 'SELECT count(*) FROM "change"')
    assert before > 0
    assert count(world.database, "SELECT count(*) FROM crm_activity") == 2, "a look changes nothing"
    done = run_purge(engine)
    assert [one.rows for one in done.rows] == [one.rows for one in planned.rows]
    assert look(engine).total == 0
    assert count(world.database, "SELECT count(*) FROM crm_activity WHERE remote_id = 'meeting:new'") == 1
    assert count(world.database, "SELECT count(*) FROM crm_activity WHERE remote_id = 'meeting:old'") == 0
    assert count(world.database, "SELECT count(*) FROM evidence") == 1
    assert count(world.database, 'SELECT count(*) FROM "change" WHERE list_key IS NULL') == 0
    assert count(world.database, 'SELECT count(*) FROM "change" WHERE list_key IS NOT NULL') > 0
    assert count(world.database, "SELECT count(*) FROM run WHERE command = 'purge'") == 1


def test_s33_a_purge_changes_no_score(world: World) -> None:
    later = AS_OF + 100 * DAY
    before = world.scored(later).scores
    TASKS["purge"].run(engine_of(world, 100 * DAY, activities_days=1, signals_days=1, scores_days=1), {})
    after = world.scored(later).scores
    assert (before.keys, before.priority.tolist()) == (after.keys, after.priority.tolist())


def test_s33_what_the_model_needs_is_kept_although_less_is_asked_for_and_that_is_said(world: World) -> None:
    engagement, trend = default_model().spec.engagement, default_model().spec.trend
    needed = engagement.cut_days + trend.days + 1
    days, kept = days_of(RetentionSettings(activities_days=10), default_model())
    assert days["activities_days"] == needed
    assert f"retention.activities_days is 10, but the model needs {needed} days" in kept[0]
    assert days_of(RetentionSettings(), default_model())[1] == []
    run_purge(engine_of(world, timedelta(), activities_days=10))
    assert count(world.database, "SELECT count(*) FROM crm_activity WHERE remote_id = 'meeting:new'") == 1


def test_s33_a_run_can_be_rolled_back_as_long_as_was_promised_and_then_says_why_not(world: World) -> None:
    run = world.last_run()
    run_purge(engine_of(world, 89 * DAY))
    assert look_at_rollback(engine_of(world, 89 * DAY), run).rollback.plan.records
    engine = engine_of(world, 91 * DAY)
    run_purge(engine)
    with pytest.raises(ConfigError, match=r"retention\.run_details_days"):
        look_at_rollback(engine, run)


def test_s33_what_was_rolled_back_rests_however_long_ago_that_was(world: World) -> None:
    world.rollback(world.last_run())
    rests = count(world.database, "SELECT count(*) FROM quarantine WHERE code = 'rolled_back'")
    assert rests > 0
    run_purge(engine_of(world, 2000 * DAY))
    assert count(world.database, "SELECT count(*) FROM quarantine WHERE code = 'rolled_back'") == rests


def test_s33_of_a_contact_that_its_crm_deleted_only_the_number_stays(world: World) -> None:
    crm = world.crms[0]
    crm.tick()
    crm.delete(Kind.CONTACT, "c2")
    world.pull()
    path = Path(str(world.database.engine.url.database))
    run_purge(engine_of(world, 10 * DAY))
    assert count(world.database, "SELECT count(*) FROM crm_contact WHERE email = 'old@acme.com'") == 1
    run_purge(engine_of(world, 60 * DAY))
    assert (
        count(world.database, "SELECT count(*) FROM crm_contact WHERE remote_id = 'c2' AND email IS NULL")
        == 1
    )
    assert count(world.database, "SELECT count(*) FROM crm_contact WHERE email = 'jo@acme.com'") == 1
    files = [each for each in path.parent.glob(f"{path.name}*") if each.is_file()]
    assert files
    assert not [each for each in files if b"old@acme.com" in each.read_bytes()]


def test_s33_the_newest_scores_and_the_newest_run_always_stay(world: World) -> None:
    run_purge(engine_of(world, 5000 * DAY))
    assert count(world.database, "SELECT count(DISTINCT day) FROM score") == 1
    assert count(world.database, "SELECT count(*) FROM run WHERE started_at >= ?", millis(AS_OF)) >= 1


def test_every_retention_setting_has_a_rule_and_every_rule_a_setting() -> None:
    assert {rule.setting for rule in _RULES} == set(RetentionSettings.model_fields)
