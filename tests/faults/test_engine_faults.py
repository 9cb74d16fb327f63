"""Faults of writing (F27, F32, F47 to F51) and of keeping the truth (F58 to F67), as far as they are the engine's."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from core.clock import from_millis, millis, wire_instant
from core.config import Config
from core.errors import ConfigError, ContractError, GuardStopped, TransientError
from core.records import Kind, RecordRef
from shortlist.commands.look import explained
from store.change_log import causes, in_doubt
from store.database import Database
from store.quarantine import entries, release
from store.runs import get_run, start_run
from store.written import own_writes, own_writes_of
from sync.drift import Handling
from sync.echo import is_echo
from sync.engine import Engine
from sync.install import install
from sync.push import PushContext, push
from sync.report import Report
from sync.rollback_run import look, roll_back
from sync.runs import make_report, run_pull, run_push, run_sync
from sync.wanted import lists_of
from tests.e2e.crms import Crms, end_state
from tests.faults.engine import NOW, emulated, pass_time
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, World, account, contact, default_model, new_database

DAY = timedelta(days=1)
MANY = 24
"""More accounts than the floor below which nothing is guarded."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The same companies in two CRMs, installed and synced."""
    made = World(new_database(tmp_path), [MemoryCrm("one"), MemoryCrm("two")])
    for crm in made.crms:
        crm.put(account("a1", "acme.com", fields=GOOD_FIT), account("a2", "beta.com", fields=GOOD_FIT))
        crm.put(contact("c1", "jo@acme.com", title="CFO"))
    made.install()
    made.sync()
    made.pull()
    yield made
    made.database.close()


@pytest.fixture
def on_crms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Crms, Engine]]:
    """Both emulators, synced once."""
    with emulated(tmp_path, monkeypatch) as (crms, engine):
        run_sync(engine, NOW)
        yield crms, engine


def engine_of(world: World, **guards: object) -> Engine:
    config = Config.model_validate({"connections": {"memory": None}, "guards": guards})
    return Engine(
        world.database, world.connections, config, default_model(), "model", world.progress, lambda: AS_OF
    )


def written(world: World) -> int:
    return sum(crm.writes_made() for crm in world.crms)


# ---------------------------------------------------------------- identity while writing


def test_f27_a_record_merged_before_its_write_is_refused_and_never_made_again(world: World) -> None:
    crm = world.crms[0]
    crm.tick()
    crm.edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    world.pull()
    plan = world.plan()
    assert any(change.ref.remote_id == "a1" for change in plan.records)
    crm.tick()
    crm.delete(Kind.ACCOUNT, "a1", survivor_id="a2")
    run_id = start_run(world.database, "push", as_of_ms=millis(AS_OF), now_ms=millis(AS_OF))
    push(PushContext(world.database, run_id, millis(AS_OF), world.progress), world.connections, plan)
    with pytest.raises(KeyError):
        crm.get(Kind.ACCOUNT, "a1")
    assert "GONE" in {cause.code for cause in causes(world.database, run_id)}
    world.sync()
    assert world.plan().is_empty


def test_f32_two_crms_that_disagree_do_not_flip_flop(world: World) -> None:
    """The first connection that knows a field wins, so both say what follows from its value."""
    for crm, fields in zip(world.crms, (POOR_FIT, GOOD_FIT), strict=True):
        crm.tick()
        crm.edit(Kind.ACCOUNT, "a1", fields=fields)
    world.sync()
    first, second = (crm.get(Kind.ACCOUNT, "a1").managed for crm in world.crms)  # type: ignore[union-attr]
    assert first["fit_score"] == second["fit_score"] == "42.0"
    calls = written(world)
    for _ in range(3):
        world.sync()
    assert written(world) == calls


# ---------------------------------------------------------------- writes that are lost, refused or doubled


def test_f47_an_answer_that_was_lost_is_not_sent_again_blindly(world: World) -> None:
    crm = world.crms[0]
    crm.tick()
    crm.edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    crm.loses_answer_at.add(("write accounts", crm.made["write accounts"] + 1))
    with pytest.raises(TransientError):
        world.sync()
    assert in_doubt(world.database, world.last_run()) == 1
    calls = crm.made["write accounts"]
    world.sync()
    assert crm.made["write accounts"] == calls, "the CRM said already what it should"
    assert crm.get(Kind.ACCOUNT, "a1").managed["tier"] == "one_to_many"  # type: ignore[union-attr]


def test_f48_a_crash_between_the_write_and_its_note_heals_by_reading(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    crm = world.crms[0]
    crm.tick()
    crm.edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    with monkeypatch.context() as patch:
        patch.setattr("sync.push.settle_fields", killed)
        with pytest.raises(Killed):
            world.sync()
    run = world.last_run()
    assert in_doubt(world.database, run) > 0
    world.sync()
    assert world.plan().is_empty
    assert get_run(world.database, run).state == "interrupted"  # type: ignore[union-attr]


def test_f49_and_f50_one_refused_row_is_named_with_words_advice_and_link(
    on_crms: tuple[Crms, Engine],
) -> None:
    crms, engine = on_crms
    row = next(
        row
        for row in crms.salesforce.backend.state("Account")
        if row.get("ABM_Tier__c") not in (None, "none")
    )
    other = next(
        one
        for one in crms.salesforce.backend.state("Account")
        if one["Id"] != row["Id"] and one.get("ABM_Tier__c") not in (None, "none")
    )
    rule = {"object": "Account", "condition": f"Id = '{row['Id']}'", "message": "Who owns this?"}
    control(crms, {"validation": [rule]})
    for one in (row, other):
        crms.salesforce.backend.load({"Account": [{"Id": one["Id"], "ABM_Tier__c": None}]})
    report = run_sync(engine, NOW)
    assert report.rejected == 1
    assert get_run(engine.database, report.run_id).state == "rejected"  # type: ignore[union-attr]
    [cause] = explained(engine, causes(engine.database, report.run_id))
    assert (cause["code"], cause["reason"], cause["count"]) == (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "Who owns this?",
        1,
    )
    assert "validation rule" in cause["advice"]
    assert cause["examples"] == [f"{crms.salesforce_url}/{row['Id']}"]
    after = {one["Id"]: one.get("ABM_Tier__c") for one in crms.salesforce.backend.state("Account")}
    assert after[row["Id"]] is None
    assert after[other["Id"]] == other["ABM_Tier__c"]
    assert run_sync(engine, NOW).rejected == 0, "it rests"
    control(crms, {"validation": []})
    crms.salesforce.backend.load({"Account": [{"Id": row["Id"], "Description": "somebody cares"}]})
    run_sync(engine, NOW)
    after = {one["Id"]: one.get("ABM_Tier__c") for one in crms.salesforce.backend.state("Account")}
    assert after[row["Id"]] == row["ABM_Tier__c"], "the row has changed, so it was tried again"


def control(crms: Crms, rules: dict[str, Any]) -> None:
    requests.post(f"{crms.salesforce_url}/_emulator/rules", json=rules, timeout=10).raise_for_status()


def test_f51_no_record_stands_in_a_plan_twice(world: World) -> None:
    for crm in world.crms:
        crm.tick()
        crm.put(account("a3", "acme.com", fields=POOR_FIT), contact("c2", "jo@acme.com"))
        crm.edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    world.pull()
    refs = [(change.connection_id, change.ref) for change in world.plan().records]
    assert len(refs) > 2
    assert len(set(refs)) == len(refs)


# ---------------------------------------------------------------- installing and lists


def test_f58_a_second_installation_makes_nothing(world: World) -> None:
    before = world.state()
    for connected in world.connections:
        assert install(world.database, connected, lists_of(default_model())).made.created == []
    assert world.state() == before


def test_f59_a_list_that_is_gone_is_named_and_the_rest_is_written_once(world: World) -> None:
    crm = world.crms[0]
    crm.tick()
    crm.edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    del crm.lists["list-target_accounts"]
    world.pull()
    (words,) = world.plan().lost
    assert "list-target_accounts is gone" in words
    (pushed, *_) = world.push()
    assert pushed.records > 0
    calls = written(world)
    world.sync()
    assert written(world) == calls


def test_f60_members_that_people_added_stay_and_doubt_is_settled_by_reading(world: World) -> None:
    crm = world.crms[0]
    crm.tick()
    crm.put(account("mine", "people.com", fields=POOR_FIT))
    crm.lists["list-one_to_one"].add("mine")
    crm.edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    crm.loses_answer_at.add(("write members", crm.made["write members"] + 1))
    with pytest.raises(TransientError):
        world.sync()
    world.sync()
    assert crm.lists["list-one_to_one"] == {"mine", "a2"}


# ---------------------------------------------------------------- guards


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[World]:
    """Enough accounts to be guarded."""
    made = World(new_database(tmp_path), [MemoryCrm(page_size=50, batch_size=50)])
    made.crms[0].put(*(account(f"a{n}", f"company{n}.com", fields=GOOD_FIT) for n in range(MANY)))
    made.install()
    made.sync()
    yield made
    made.database.close()


def test_f61_a_mass_change_stops_until_exactly_it_is_confirmed(crowd: World) -> None:
    crm, engine = crowd.crms[0], engine_of(crowd)
    crm.tick()
    for number in range(MANY):
        crm.edit(Kind.ACCOUNT, f"a{number}", fields=POOR_FIT)
    calls = crm.writes_made()
    with pytest.raises(GuardStopped, match=r"guards\.tier_moves_percent"):
        run_sync(engine, AS_OF)
    report = make_report(engine, AS_OF)
    assert report.plan is not None
    assert any("guards.tier_moves_percent" in reason for reason in report.stops)
    assert crm.writes_made() == calls
    run_push(engine, AS_OF, confirm=report.plan.id)
    assert make_report(engine, AS_OF).plan.is_empty  # type: ignore[union-attr]


@pytest.mark.parametrize("change", ["field", "member", "delete"])
def test_f61_a_confirmed_plan_is_refused_when_the_world_has_moved(crowd: World, change: str) -> None:
    crm, engine = crowd.crms[0], engine_of(crowd)
    crm.tick()
    for number in range(MANY):
        crm.edit(Kind.ACCOUNT, f"a{number}", fields=POOR_FIT)
    run_pull(engine)
    seen = make_report(engine, AS_OF).plan
    assert seen is not None
    crm.tick()
    if change == "field":
        crm.set_value(Kind.ACCOUNT, "a5", "tier", "none")
    elif change == "member":
        crm.lists["list-one_to_one"].discard("a5")
    else:
        crm.delete(Kind.ACCOUNT, "a5")
    calls = crm.writes_made()
    with pytest.raises(GuardStopped, match="is not what would be done now"):
        run_push(engine, AS_OF, confirm=seen.id)
    assert crm.writes_made() == calls


@pytest.mark.parametrize(
    ("guards", "left", "key"),
    [({"writes": 3}, None, "guards.writes"), ({}, 3, "guards.calls_percent")],
)
def test_f61_other_limits_stop_too(crowd: World, guards: dict[str, int], left: int | None, key: str) -> None:
    crm = crowd.crms[0]
    crm.batch_size, crm.left = 2, left
    crm.tick()
    for number in range(5):
        crm.edit(Kind.ACCOUNT, f"a{number}", fields=POOR_FIT)
    with pytest.raises(GuardStopped, match=key.replace(".", r"\.")):
        run_sync(engine_of(crowd, **guards), AS_OF)


def test_f62_a_read_that_shows_nothing_empties_no_list(crowd: World) -> None:
    crm, engine = crowd.crms[0], engine_of(crowd)
    before = crowd.state()
    hidden, crm._rows[Kind.ACCOUNT] = crm._rows[Kind.ACCOUNT], {}
    with pytest.raises(ContractError, match="reads as empty"):
        run_pull(engine, full=True)
    crm._rows[Kind.ACCOUNT] = hidden
    run_sync(engine, AS_OF)
    assert crowd.state() == before


# ---------------------------------------------------------------- whose value


def test_f63_and_f64_a_flow_that_resets_our_field_is_fought_three_rounds(
    on_crms: tuple[Crms, Engine],
) -> None:
    crms, engine = on_crms
    ours = {row["Id"]: row.get("ABM_Tier__c") for row in crms.salesforce.backend.state("Account")}
    row = next(key for key, tier in ours.items() if tier not in (None, "none"))
    flow = {"object": "Account", "on": ["update"], "when": f"Id = '{row}'", "set": {"ABM_Tier__c": "none"}}
    control(crms, {"automation": [flow]})
    crms.salesforce.backend.load({"Account": [{"Id": row, "ABM_Tier__c": "none"}]})
    writes = []
    for _ in range(6):
        # Stamps are whole seconds: what comes back within the second of our write is no round yet.
        pass_time(crms, 60)
        writes.append(_wrote(engine, run_sync(engine, NOW)))
    assert [[one[:2] for one in of_run] for of_run in writes[:3]] == [[(row, "written")]] * 3, writes
    assert writes[3:] == [[], [], []], writes
    [war] = entries(engine.database, "field_war")
    assert (war.connection, war.kind, war.remote_id) == ("salesforce", "tier of account", row)
    report = run_sync(engine, NOW)
    assert report.counts()["drift"] == {"tier": {"war": 1}}
    control(crms, {"automation": []})
    release(engine.database, row)
    run_sync(engine, NOW)
    after = {one["Id"]: one.get("ABM_Tier__c") for one in crms.salesforce.backend.state("Account")}
    assert after[row] == ours[row]


def _wrote(engine: Engine, report: Report) -> list[tuple[str, str, str]]:
    """What a run wrote: each record, how that ended, and what is known of it now."""
    with engine.database.read() as reader:
        found = reader.exec_driver_sql(
            "SELECT change.remote_id, outcome, before || after || coalesce(fields || rounds, '') "
            'FROM "change" AS change LEFT JOIN written USING (connection_id, kind, remote_id) WHERE run_id = ?',
            (report.run_id,),
        )
        return [tuple(row) for row in found]


def test_f63_an_edit_is_kept_where_the_policy_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = '[sync.drift]\ndefault = "ours"\ntier = "keep"\n'
    with emulated(tmp_path, monkeypatch, settings=settings) as (crms, engine):
        run_sync(engine, NOW)
        rows = {row["Id"]: row.get("ABM_Tier__c") for row in crms.salesforce.backend.state("Account")}
        row = next(key for key, tier in rows.items() if tier not in (None, "none"))
        crms.salesforce.backend.load(
            {"Account": [{"Id": row, "ABM_Tier__c": "none", "ABM_Fit_Score__c": 1.0}]}
        )
        run_sync(engine, NOW)
        [after] = [one for one in crms.salesforce.backend.state("Account") if one["Id"] == row]
        assert after["ABM_Tier__c"] == "none"
        assert after["ABM_Fit_Score__c"] != 1.0
        report = make_report(engine, NOW)
        assert [(one.field, one.handling) for one in report.plan.drift] == [("tier", Handling.KEEP)]  # type: ignore[union-attr]


def test_f65_a_duplicate_rule_that_blocks_an_update_is_explained(on_crms: tuple[Crms, Engine]) -> None:
    crms, engine = on_crms
    advice = next(c for c in engine.connections if c.name == "salesforce").connector.advice
    assert "merge the duplicates" in advice("DUPLICATES_DETECTED")
    assert advice("A_CODE_OF_NEXT_YEAR") == ""
    assert crms.salesforce_url


def test_f66_what_was_written_reads_back_the_same_and_is_not_written_again(
    on_crms: tuple[Crms, Engine],
) -> None:
    _, engine = on_crms
    run_pull(engine, full=True)
    report = make_report(engine, NOW)
    assert report.plan is not None
    assert report.plan.is_empty
    assert report.plan.drift == ()


def test_f67_our_write_back_is_recognised_by_value_for_a_day(world: World) -> None:
    own = own_writes_of(world.database, 1, RecordRef(Kind.ACCOUNT, "a1"))
    assert own is not None
    wrote = own.fields["tier"]

    def told(value: object, later: timedelta) -> bool:
        return is_echo(own, Kind.ACCOUNT, "tier", value, wire_instant(from_millis(wrote.at) + later))

    assert told(wrote.value, timedelta(seconds=30))
    assert not told("none", timedelta(seconds=30)), "somebody's edit in the same minute"
    assert not told(wrote.value, timedelta(days=2))
    everybody = own_writes(world.database, Kind.CONTACT, range(1_000))
    assert {(1, "c1"), (2, "c1")} <= everybody.keys()
    assert (1, "c0") not in everybody


# ---------------------------------------------------------------- undoing a run


def test_a_rolled_back_run_leaves_both_crms_as_they_were(on_crms: tuple[Crms, Engine]) -> None:
    crms, engine = on_crms
    before = end_state(crms)
    rows = [
        row
        for row in crms.salesforce.backend.state("Account")
        if row.get("ABM_Tier__c") not in (None, "none")
    ][:3]
    crms.salesforce.backend.load(
        {"Account": [{"Id": row["Id"], "ABM_Tier_Override__c": "none"} for row in rows]}
    )
    run = run_sync(engine, NOW)
    assert run.rejected == 0
    spoiled = end_state(crms)
    planned = look(engine, run.run_id)
    assert end_state(crms) == spoiled
    with pytest.raises(GuardStopped, match="is not what would be done now"):
        roll_back(engine, run.run_id, confirm="0123456789ab")
    done = roll_back(engine, run.run_id, confirm=planned.rollback.plan.id)
    assert done.report is not None
    assert done.rollback.left == ()
    after = end_state(crms)
    for row in before["accounts"], after["accounts"]:
        for values in row.values():
            values.pop("ABM_Tier_Override__c", None)
    assert after == before
    run_sync(engine, NOW)
    assert end_state(crms)["companies"] == before["companies"], "it rests"
    with pytest.raises(ConfigError, match="There is no run 999"):
        look(engine, 999)


def test_the_engine_runs_on_the_other_database_too(in_postgres: Database) -> None:
    world = World(in_postgres, [MemoryCrm()])
    world.crms[0].put(account("a1", "acme.com", fields=GOOD_FIT))
    world.install()
    world.sync()
    before = world.state()
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    world.sync()
    world.rollback(world.last_run())
    assert world.state() == before
    world.sync()
    assert world.state() == before
