"""The job as a user sees it, through the command line and real HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from core.clock import parse_instant
from tests.e2e.crms import AS_OF, Crms, end_state, started


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Crms, Any]]:
    """Both CRMs installed and synced once, and the document of that sync."""
    with started(tmp_path_factory.mktemp("crms")) as crms:
        crms.run("install")
        yield crms, crms.run("sync", "--as-of", AS_OF)


def test_a_sync_says_what_it_did_and_what_it_could_not_have_done_with_less(synced: tuple[Crms, Any]) -> None:
    _, document = synced
    assert {item["connection"] for item in document["pushed"]} == {"salesforce", "hubspot"}
    assert all(item["records"] > 0 and item["rejected"] == 0 for item in document["pushed"])
    for item in document["pushed"]:
        calls = document["calls"][item["connection"]]
        writing = sum(count for name, count in calls.items() if name.startswith(("write", "change")))
        assert writing == document["least_write_calls"][item["connection"]]
    assert sum(document["tiers"].values()) == document["matched"]["accounts"]


def test_both_crms_say_the_same_of_one_account(synced: tuple[Crms, Any]) -> None:
    crms, _ = synced
    state = end_state(crms)
    both = 0
    for account in _explained_in_both(crms):
        salesforce, hubspot = account
        theirs, ours = state["companies"][hubspot], state["accounts"][salesforce]
        for name, value in theirs.items():
            field = (
                "ABM_" + "_".join(part.capitalize() for part in name.removeprefix("abm_").split("_")) + "__c"
            )
            assert _plain(ours[field]) == _plain(value), (account, field)
        both += 1
    assert both >= 10


def _explained_in_both(crms: Crms) -> list[tuple[str, str]]:
    """(Salesforce id, HubSpot id) of companies that both CRMs know by the same domain, once in each."""
    domains: dict[str, list[str]] = {}
    for row in crms.hubspot.backend.state("companies"):
        domains.setdefault(row["properties"].get("domain") or "", []).append(row["id"])
    sites: dict[str, list[str]] = {}
    for row in crms.salesforce.backend.state("Account"):
        site = (row.get("Website") or "").lower().removeprefix("https://").removeprefix("www.").strip("/")
        sites.setdefault(site, []).append(row["Id"])
    return [
        (sites[domain][0], ids[0])
        for domain, ids in domains.items()
        if domain and len(ids) == 1 and len(sites.get(domain, [])) == 1
    ]


def _plain(value: object) -> str:
    """One text for 62, 62.0 and "62.0", and for an instant however it is written."""
    text = str(value)
    if text.replace(".", "", 1).isdigit():
        return f"{float(text):.1f}"
    try:
        return parse_instant(text).isoformat()
    except ValueError:
        return text


def test_a_second_sync_writes_nothing(synced: tuple[Crms, Any]) -> None:
    crms, _ = synced
    before = end_state(crms)
    document = crms.run("sync", "--as-of", AS_OF)
    assert [item["records"] + item["members"] for item in document["pushed"]] == [0, 0]
    for calls in document["calls"].values():
        assert not [name for name in calls if name.startswith(("write", "change"))]
    assert end_state(crms) == before
    assert crms.run("plan", "--as-of", AS_OF)["plan"]["records"] == 0


def test_explain_gives_rows_that_sum_to_the_scores_on_the_record(synced: tuple[Crms, Any]) -> None:
    crms, _ = synced
    best = max(crms.salesforce.backend.state("Account"), key=lambda row: row["ABM_Priority_Score__c"])
    document = crms.run("explain", best["Id"], "--as-of", AS_OF)
    for part in ("fit", "engagement", "intent"):
        points = sum(row["points"] for row in document["ledger"] if row["score"] == part)
        assert points == pytest.approx(document["scores"][part], abs=1e-9)
        assert round(document["scores"][part], 1) == float(best[f"ABM_{part.capitalize()}_Score__c"])
    assert document["why"] == best["ABM_Why__c"]
    scores = document["scores"]
    assert f"{scores['buying_group_coverage']:.0f}% of the roles known" in document["buying_group"]
    assert f"{scores['engaged_coverage']:.0f}% engaged" in document["buying_group"]


def test_runs_tell_what_was_done(synced: tuple[Crms, Any]) -> None:
    crms, document = synced
    listed = {row["run"]: row for row in crms.run("runs")}
    row = listed[document["run"]]
    assert (row["command"], row["state"]) == ("sync", "done")
    assert row["counts"]["records_written"] == sum(item["records"] for item in document["pushed"])
    assert crms.run("runs", str(document["run"]))["rejected_by_cause"] == []


def test_a_meeting_in_one_crm_shows_on_the_record_in_the_other(synced: tuple[Crms, Any]) -> None:
    crms, _ = synced
    salesforce_id, company_id = _explained_in_both(crms)[0]
    before = _account(crms, salesforce_id)
    token = {"Authorization": "Bearer demo-token"}
    people = crms.hubspot.backend.state("contacts")
    contact = next(row for row in people if row["properties"].get("associatedcompanyid") == company_id)
    meeting = {
        "properties": {
            "hs_timestamp": "2026-11-21T10:00:00Z",
            "hs_meeting_start_time": "2026-11-21T10:00:00Z",
            "hs_meeting_end_time": "2026-11-21T11:00:00Z",
            "hs_meeting_outcome": "COMPLETED",
        },
        "associations": [
            {
                "to": {"id": contact["id"]},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 200}],
            }
        ],
    }
    url = f"{crms.hubspot_url}/crm/v3/objects/meetings"
    requests.post(url, json=meeting, headers=token, timeout=10).raise_for_status()
    crms.run("sync", "--as-of", AS_OF)
    after = _account(crms, salesforce_id)
    assert after["ABM_Engagement_Score__c"] > before["ABM_Engagement_Score__c"] + 1
    name = f"{contact['properties'].get('firstname') or ''} {contact['properties'].get('lastname') or ''}".strip()
    assert f"meeting with {name}" in after["ABM_Why__c"] or f"meetings with {name}" in after["ABM_Why__c"]


def _account(crms: Crms, account_id: str) -> dict[str, Any]:
    return next(row for row in crms.salesforce.backend.state("Account") if row["Id"] == account_id)


def test_uninstall_leaves_nothing_of_ours_in_either_crm(tmp_path: Path) -> None:
    with started(tmp_path, accounts=12) as crms:
        fields = {row["name"] for row in crms.hubspot.backend.state("properties") if "abm_" in row["name"]}
        assert fields == set()
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        crms.run("uninstall")
        assert [name for name in _salesforce_fields(crms) if name.startswith("ABM")] == []
        assert end_state(crms)["members"] == {}
        left = [row for row in crms.hubspot.backend.state("properties") if row["name"].startswith("abm_")]
        assert [row["name"] for row in left if not row.get("archived")] == []
        sets = crms.salesforce.backend.state("PermissionSet")
        assert [row["Name"] for row in sets if row["Name"].startswith("ABM") and not row["IsDeleted"]] == []


def _salesforce_fields(crms: Crms) -> list[str]:
    grant = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
    url = crms.salesforce_url
    token = requests.post(f"{url}/services/oauth2/token", data=grant, timeout=10).json()["access_token"]
    answer = requests.get(
        f"{url}/services/data/v66.0/sobjects/Account/describe",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    return [field["name"] for field in answer.json()["fields"]]


def test_an_account_is_explained_where_one_of_its_crms_is_not_configured_any_more(
    synced: tuple[Crms, Any],
) -> None:
    crms, _ = synced
    salesforce_id, _ = _explained_in_both(crms)[0]
    whole = crms.config.read_text(encoding="utf-8")
    crms.config.write_text(whole[: whole.index("[connections.hubspot]")], encoding="utf-8")
    try:
        document = crms.run("explain", salesforce_id, "--as-of", AS_OF)
    finally:
        crms.config.write_text(whole, encoding="utf-8")

    assert {record["connection"] for record in document["records"]} == {"salesforce", "hubspot"}
