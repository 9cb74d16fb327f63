"""Faults that the engine must survive (F11, F27 to F30, F32, F59 to F62), on both emulated CRMs at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from connectors.salesforce.connector import SalesforceConnector
from core.clock import millis, wire_instant
from core.errors import ConfigError, GuardStopped
from core.hints import ChangeHint, HintEvent
from core.records import Kind
from store.change_log import causes
from store.connections import inventory
from store.database import open_database
from store.deliveries import keep
from store.heard import heard
from store.runs import start_run
from sync.connected import Connected
from sync.engine import Engine
from sync.hinted import run_hints
from sync.plan import Plan
from sync.push import PushContext, push
from sync.runs import make_report, run_pull, run_push, run_sync
from sync.scored import compute
from sync.uninstall import plan_uninstall, uninstall
from tests.e2e.crms import Crms, end_state, started
from tests.e2e.test_kill import kill_at
from tests.faults.engine import NOW, emulated

CONNECTIONS = ("salesforce", "hubspot")
_LIST_OF_ALL = "target_accounts"


@pytest.fixture
def on_crms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Crms, Engine]]:
    """Both emulators, synced once; all clocks stand."""
    with emulated(tmp_path, monkeypatch, accounts=24, at=NOW) as (crms, engine):
        run_sync(engine, NOW)
        yield crms, engine


def control(crms: Crms, name: str, route: str, body: dict[str, Any]) -> None:
    url = {"salesforce": crms.salesforce_url, "hubspot": crms.hubspot_url}[name]
    requests.post(f"{url}/_emulator/{route}", json=body, timeout=10).raise_for_status()


def hubspot_api(crms: Crms, method: str, path: str, body: Any = None) -> None:
    headers = {"Authorization": "Bearer demo-token"}
    answer = requests.request(method, f"{crms.hubspot_url}{path}", json=body, headers=headers, timeout=10)
    answer.raise_for_status()


def rows(engine: Engine, statement: str, *values: object) -> list[Any]:
    with engine.database.read() as reader:
        return [tuple(row) for row in reader.exec_driver_sql(statement, values)]


def priorities(engine: Engine) -> dict[str, tuple[float, float]]:
    """(engagement, priority) by account key."""
    scores = compute(
        engine.database, engine.model, NOW, {one.id: one.name for one in engine.connections}
    ).scores
    values = zip(scores.engagement.tolist(), scores.priority.tolist(), strict=True)
    return dict(zip(scores.keys, values, strict=True))


def planned(engine: Engine) -> Plan:
    plan = make_report(engine, NOW).plan
    assert plan is not None
    return plan


def living(crms: Crms) -> tuple[int, int]:
    """How many accounts and companies there are."""
    accounts = [row for row in crms.salesforce.backend.state("Account") if not row["IsDeleted"]]
    return len(accounts), len([row for row in crms.hubspot.backend.state("companies") if not row["archived"]])


def list_of(engine: Engine, name: str) -> tuple[Connected, str]:
    """The connection, and the id of the list that every account in a tier is on."""
    connected = next(one for one in engine.connections if one.name == name)
    items = inventory(engine.database, connected.id)
    return connected, next(str(one.remote_id) for one in items if one.details.get("key") == _LIST_OF_ALL)


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("name", CONNECTIONS)
def test_f11_a_pull_killed_between_pages_reads_on_and_has_no_double_effect(name: str, tmp_path: Path) -> None:
    with started(tmp_path, accounts=12) as crms:
        kill_at(crms, name, 7, "pull", is_done=True)
        after = crms.run("pull")["matched"]
    (tmp_path / "whole").mkdir()
    with started(tmp_path / "whole", accounts=12) as crms:
        whole = crms.run("pull")["matched"]
    assert {key: after[key] for key in after if key != "changed"} == {
        key: whole[key] for key in whole if key != "changed"
    }


def test_f27_records_merged_between_plan_and_push_are_refused_and_never_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with emulated(tmp_path, monkeypatch, at=NOW) as (crms, engine):
        run_pull(engine)
        plan = planned(engine)
        ids = {
            name: [
                c.ref.remote_id for c in plan.records if c.connection_id == one.id and c.ref.kind == "account"
            ]
            for name, one in ((one.name, one) for one in engine.connections)
        }
        (sf_loser, sf_winner, *_), (hs_loser, hs_winner, *_) = ids["salesforce"], ids["hubspot"]
        before = living(crms)
        control(crms, "salesforce", "merge", {"object": "Account", "master": sf_winner, "losers": [sf_loser]})
        body = {"primaryObjectId": hs_winner, "objectIdToMerge": hs_loser}
        hubspot_api(crms, "POST", "/crm/objects/2026-03/companies/merge", body)

        run = start_run(engine.database, "push", as_of_ms=0, now_ms=0)
        push(PushContext(engine.database, run, 0, engine.progress), engine.connections, plan)
        assert living(crms) == (before[0] - 1, before[1] - 1), "nothing was made again"
        named = [example for cause in causes(engine.database, run) for example in cause.examples]
        assert {sf_loser, hs_loser} <= set(named)
        run_sync(engine, NOW)
        last = planned(engine)
        assert last.is_empty
        assert living(crms) == (before[0] - 1, before[1] - 1)


def test_f28_an_id_of_15_characters_names_the_same_record_as_its_18(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = {
        "name": "salesforceaccountid",
        "label": "Salesforce account id",
        "type": "string",
        "fieldType": "text",
        "groupName": "companyinformation",
    }
    with emulated(tmp_path, monkeypatch, at=NOW) as (crms, _):
        account = next(row["Id"] for row in crms.salesforce.backend.state("Account") if not row["IsDeleted"])
        company = {"id": "777000", "properties": {"name": "Elsewhere", "salesforceaccountid": account[:15]}}
        crms.hubspot.backend.load({"properties": {"companies": [definition]}})
        crms.hubspot.backend.load({"objects": {"companies": [company]}})
        text = crms.config.read_text(encoding="utf-8")
        crms.config.write_text(f'{text}twin_id_property = "salesforceaccountid"\n', encoding="utf-8")
        crms.run("pull")
        with emulated_store(crms) as reader:
            linked = reader.exec_driver_sql(
                "SELECT count(DISTINCT account_id), count(*) FROM link WHERE remote_id IN (?, '777000')",
                (account,),
            ).one()
        assert tuple(linked) == (1, 2)


@contextmanager
def emulated_store(crms: Crms) -> Iterator[Any]:
    database = open_database(f"sqlite:///{crms.folder}/shortlist.sqlite")
    with database.read() as reader:
        yield reader
    database.close()


def test_f29_a_contact_that_moves_in_both_crms_changes_both_companies(
    on_crms: tuple[Crms, Engine],
) -> None:
    crms, engine = on_crms
    shared = rows(
        engine,
        "SELECT account_id FROM link WHERE rule <> 'merged' GROUP BY 1 HAVING count(DISTINCT connection_id) = 2",
    )
    [(email, old), *_] = rows(
        engine,
        "SELECT person.key, evidence.account_id FROM evidence JOIN person ON person.id = evidence.person_id "
        "JOIN crm_contact AS contact ON contact.email = person.key AND NOT contact.is_gone "
        "GROUP BY 1, 2 HAVING count(DISTINCT contact.connection_id) = 2 ORDER BY count(*), 1",
    )
    _meet(crms, engine, email)
    run_sync(engine, NOW)
    before = priorities(engine)
    home = next(number for (number,) in sorted(shared) if number != old)
    for connected in engine.connections:
        _move(crms, engine, connected, email, home)
    run_sync(engine, NOW)
    assert email not in _people_by_account(engine)[old]
    assert email in _people_by_account(engine)[home]
    after = priorities(engine)
    changed = {key for key in after if after[key] != before.get(key)}
    keys = dict(rows(engine, "SELECT id, key FROM account"))
    assert changed == {keys[old], keys[home]}
    assert planned(engine).is_empty


def _people_by_account(engine: Engine) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for number, person in rows(
        engine, "SELECT account_id, person_key FROM contact_link WHERE account_id IS NOT NULL"
    ):
        found.setdefault(number, set()).add(person)
    return found


def _meet(crms: Crms, engine: Engine, email: str) -> None:
    """A meeting with a person yesterday, which no CRM links with a company: it counts for the person's."""
    hubspot = next(one for one in engine.connections if one.name == "hubspot")
    of_person = "SELECT remote_id FROM crm_contact WHERE connection_id = ? AND email = ?"
    [(contact,), *_] = rows(engine, of_person, hubspot.id, email)
    at = wire_instant(NOW - timedelta(days=1))
    meeting = {"hs_timestamp": at, "hs_meeting_outcome": "COMPLETED"}
    row = {"id": "990001", "properties": meeting, "createdAt": at, "updatedAt": wire_instant(NOW)}
    crms.hubspot.backend.load({"objects": {"meetings": [row]}})
    crms.hubspot.backend.load({"associations": [["meetings", 990001, "contacts", int(contact), 200]]})


def _move(crms: Crms, engine: Engine, connected: Connected, email: str, home: int) -> None:
    """Let a person work elsewhere."""
    of_person = "SELECT remote_id, account_id FROM crm_contact WHERE connection_id = ? AND email = ?"
    of_account = "SELECT remote_id FROM link WHERE connection_id = ? AND account_id = ? AND rule <> 'merged'"
    [(record,), *_] = rows(engine, of_account, connected.id, home)
    for contact, before in rows(engine, of_person, connected.id, email):
        if connected.name == "salesforce":
            crms.salesforce.backend.load({"Contact": [{"Id": contact, "AccountId": record}]})
        else:
            path = f"/crm/objects/2026-03/contacts/{contact}/associations/companies"
            hubspot_api(crms, "DELETE", f"{path}/{before}")
            types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
            hubspot_api(crms, "PUT", f"{path}/{record}", types)


@pytest.mark.parametrize("name", CONNECTIONS)
def test_f30_another_org_behind_the_same_credentials_is_refused(
    name: str, on_crms: tuple[Crms, Engine]
) -> None:
    crms, engine = on_crms
    state = end_state(crms)
    known = rows(engine, "SELECT count(*) FROM crm_account WHERE NOT is_gone")
    if name == "salesforce":
        control(crms, name, "refresh_sandbox", {"org_id": "00DNEW000000001"})
    else:
        control(crms, name, "settings", {"portal_id": 99})
    with pytest.raises(
        ConfigError, match=f"connections.{name}: the CRM now says it is org|session is of org 00DNEW"
    ):
        run_sync(engine, NOW)
    assert end_state(crms) == state
    assert rows(engine, "SELECT count(*) FROM crm_account WHERE NOT is_gone") == known


def _push(engine: Engine) -> None:
    run_push(engine, NOW)


def _serve_hints(engine: Engine) -> None:
    for connected in engine.connections:
        [(remote_id,)] = rows(
            engine, "SELECT min(remote_id) FROM crm_account WHERE connection_id = ?", connected.id
        )
        hint = ChangeHint(remote_id, HintEvent.CHANGED, "account", remote_id, Kind.ACCOUNT)
        keep(engine.database, [heard(connected.id, [hint], {}, millis(NOW))])
    run_hints(engine)


def _uninstall(engine: Engine) -> None:
    for connected in engine.connections:
        uninstall(engine.database, connected)


def _plan_uninstall(engine: Engine) -> None:
    for connected in engine.connections:
        plan_uninstall(engine.database, connected)


@pytest.mark.parametrize("work", [_push, _serve_hints, _uninstall, _plan_uninstall])
def test_f30_nothing_is_written_into_another_org_or_removed_from_it(
    work: Callable[[Engine], None], on_crms: tuple[Crms, Engine]
) -> None:
    crms, engine = on_crms
    [(company,)] = rows(
        engine,
        "SELECT min(record.remote_id) FROM crm_account AS record JOIN connection ON id = record.connection_id "
        "WHERE connection.name = 'hubspot' AND record.managed LIKE '%\"tier\":\"one_to_%'",
    )
    body = {"properties": {"abm_tier": "none"}}
    hubspot_api(crms, "PATCH", f"/crm/objects/2026-03/companies/{company}", body)
    run_pull(engine)
    known = rows(engine, "SELECT count(*) FROM crm_account WHERE NOT is_gone")
    state, properties = end_state(crms), crms.hubspot.backend.state("properties")
    control(crms, "hubspot", "settings", {"portal_id": 99})
    with pytest.raises(ConfigError, match=r"connections\.hubspot: the CRM now says it is org 99"):
        work(engine)
    assert end_state(crms)["companies"] == state["companies"]
    assert crms.hubspot.backend.state("properties") == properties
    assert rows(engine, "SELECT count(*) FROM crm_account WHERE NOT is_gone") == known


def test_f32_crms_that_say_different_things_do_not_flip_flop(on_crms: tuple[Crms, Engine]) -> None:
    crms, engine = on_crms
    [(account, company), *_] = rows(
        engine,
        "SELECT one.remote_id, two.remote_id FROM link AS one JOIN link AS two ON two.account_id = one.account_id "
        "WHERE one.connection_id < two.connection_id AND one.rule <> 'merged' AND two.rule <> 'merged'",
    )
    crms.salesforce.backend.load({"Account": [{"Id": account, "NumberOfEmployees": 12}]})
    path = f"/crm/objects/2026-03/companies/{company}"
    hubspot_api(crms, "PATCH", path, {"properties": {"numberofemployees": "9000"}})
    run_sync(engine, NOW)
    settled = end_state(crms)
    assert settled["accounts"][account]["ABM_Fit_Score__c"] == float(
        settled["companies"][company]["abm_fit_score"]
    )
    for _ in range(2):
        assert sum(pushed.records for pushed in run_sync(engine, NOW).pushed or []) == 0
    assert end_state(crms) == settled


# ---------------------------------------------------------------- lists


def test_f59_a_list_that_was_made_dynamic_is_named_and_everything_else_written(
    on_crms: tuple[Crms, Engine],
) -> None:
    crms, engine = on_crms
    _, list_id = list_of(engine, "hubspot")
    control(crms, "hubspot", "lists", {"id": list_id, "processing_type": "DYNAMIC"})
    state = end_state(crms)
    [company, *_] = crms.hubspot.backend.state("companies")
    wrong = {"object": "companies", "id": company["id"], "properties": {"abm_fit_score": "3"}}
    control(crms, "hubspot", "edit", wrong)
    for _ in range(2):
        report = run_sync(engine, NOW)
        assert ["hubspot: the target list" in one for one in report.notes] == [True]
    assert end_state(crms) == state


def spoil_a_score(crms: Crms) -> None:
    """Let somebody overwrite a field of ours in Salesforce."""
    account = next(row["Id"] for row in crms.salesforce.backend.state("Account") if not row["IsDeleted"])
    crms.salesforce.backend.load({"Account": [{"Id": account, "ABM_Fit_Score__c": 3.0}]})


def test_f59_campaigns_whose_accounts_are_hidden_are_named_and_everything_else_written(
    on_crms: tuple[Crms, Engine],
) -> None:
    crms, engine = on_crms
    state = end_state(crms)
    spoil_a_score(crms)
    hidden = {"deny_fields": {"CampaignMember.AccountId": "read"}}
    control(crms, "salesforce", "settings", hidden)

    report = run_sync(engine, NOW)

    assert any("CampaignMember.AccountId" in one and "is left alone" in one for one in report.notes)
    assert end_state(crms) == state


def test_f59_campaigns_are_left_as_they_are_once_they_are_switched_off(on_crms: tuple[Crms, Engine]) -> None:
    crms, engine = on_crms
    connected, list_id = list_of(engine, "salesforce")
    salesforce = cast("SalesforceConnector", connected.connector)
    salesforce.settings = salesforce.settings.model_copy(update={"lists_as_campaigns": "off"})
    there = sorted(salesforce.members(list_id))
    salesforce.change_members(list_id, [], there[:1])
    before = salesforce.calls().get("read members", 0)
    spoil_a_score(crms)

    report = run_sync(engine, NOW)

    assert not report.notes
    assert salesforce.calls().get("read members", 0) == before
    assert sorted(salesforce.members(list_id)) == there[1:]


def test_f60_a_member_that_a_person_added_stays(on_crms: tuple[Crms, Engine]) -> None:
    crms, engine = on_crms
    connected, list_id = list_of(engine, "hubspot")
    there = set(connected.connector.members(list_id))
    theirs = next(row["id"] for row in crms.hubspot.backend.state("companies") if row["id"] not in there)
    control(crms, "hubspot", "lists", {"id": list_id, "add": [theirs]})
    run_sync(engine, NOW)
    assert set(connected.connector.members(list_id)) == {*there, theirs}


def test_f61_a_world_turned_upside_down_stops_before_a_write_and_runs_when_confirmed(
    on_crms: tuple[Crms, Engine],
) -> None:
    crms, engine = on_crms
    state = end_state(crms)
    accounts = [row["Id"] for row in crms.salesforce.backend.state("Account") if not row["IsDeleted"]]
    nothing = {
        "Industry": None,
        "NumberOfEmployees": 1,
        "AnnualRevenue": 1,
        "BillingCountry": "Antarctica",
        "Type": None,
    }
    crms.salesforce.backend.load({"Account": [{"Id": key, **nothing} for key in accounts]})
    with pytest.raises(GuardStopped, match=r"guards\.tier_moves_percent"):
        run_sync(engine, NOW)
    assert end_state(crms) == state
    confirmed = run_push(engine, NOW, confirm=planned(engine).id, by="Ada")
    assert confirmed.counts()["by"] == "Ada"
    assert end_state(crms) != state


@pytest.mark.parametrize("name", CONNECTIONS)
def test_f62_a_full_read_that_lacks_many_records_buries_nothing_until_a_person_says_so(
    name: str, on_crms: tuple[Crms, Engine]
) -> None:
    crms, engine = on_crms
    state, known = end_state(crms), _known(engine)
    stream = {"salesforce": "Account", "hubspot": "companies"}[name]
    _hide_half(crms, name)
    for _ in range(2):
        with pytest.raises(GuardStopped, match=rf"{name}:{stream}: .*guards\.loss_percent"):
            run_pull(engine, full=True)
    with pytest.raises(GuardStopped, match=r"guards\.loss_percent"):
        run_sync(engine, NOW)
    assert _known(engine) == known
    assert end_state(crms)["lists"] == state["lists"]
    with pytest.raises(ConfigError, match="no such object"):
        run_pull(engine, full=True, accepted=["hubspot:Companies"])
    report = run_pull(engine, full=True, accepted=[f"{name}:{stream}"], by="Ada")
    assert _known(engine) < known
    assert report.counts()["accepted"] == [f"{name}:{stream}"]


def _known(engine: Engine) -> int:
    [(count,)] = rows(engine, "SELECT count(*) FROM crm_account WHERE NOT is_gone")
    return int(count)


def _hide_half(crms: Crms, name: str) -> None:
    """Half of the records vanish without any trace, as when sharing or a permission is taken away."""
    if name == "salesforce":
        ids = [row["Id"] for row in crms.salesforce.backend.state("Account") if not row["IsDeleted"]][::2]
        crms.salesforce.backend.load({"Account": [{"Id": key, "IsDeleted": True} for key in ids]})
        control(crms, name, "purge", {"ids": ids})
    else:
        path = "/crm/objects/2026-03/companies"
        answer = requests.get(
            f"{crms.hubspot_url}{path}",
            params={"limit": "100", "properties": "name,domain,hs_lastmodifieddate"},
            headers={"Authorization": "Bearer demo-token"},
            timeout=10,
        ).json()
        half = {"results": answer["results"][::2]}
        crms.hubspot.faults.add({"path": f"{path}$", "status": 200, "body": half})


def test_f62_a_list_that_reads_as_nearly_empty_stops_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with emulated(tmp_path, monkeypatch, settings="[guards]\nfloor = 4\n", at=NOW) as (crms, engine):
        run_sync(engine, NOW)
        connected, list_id = list_of(engine, "hubspot")
        there = sorted(connected.connector.members(list_id))
        assert len(there) >= engine.config.guards.floor
        control(crms, "hubspot", "lists", {"id": list_id, "remove": there[: len(there) // 2]})
        with pytest.raises(GuardStopped, match=r"no longer on it .*guards\.loss_percent"):
            run_sync(engine, NOW)
        run_push(engine, NOW, confirm=planned(engine).id, by="Ada")
        assert sorted(connected.connector.members(list_id)) == there
