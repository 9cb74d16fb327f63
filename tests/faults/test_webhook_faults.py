"""Faults F67 to F74 for the service: webhooks of both emulators, sent to the real web part, served by the engine."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
import requests

from store.coalesce import coalesce
from store.inbox import dropped_hints, waiting
from store.runs import list_runs
from sync.runs import run_sync
from tests.faults.service import (
    HUBSPOT_HOOK,
    HUBSPOT_SECRET,
    PUBLIC_URL,
    SALESFORCE_HOOK,
    TIMEOUT,
    Service,
    now,
    served,
    subscribe,
)
from tests.security.doors import signed
from tests.security.test_privacy import everything


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        served(tmp_path_factory.mktemp("service"), monkeypatch) as found,
    ):
        yield found


@pytest.fixture
def service(running: Service) -> Service:
    """With nothing on its way and nothing waiting."""
    running.control("hubspot", "settings", {"webhook_repeat_share": 0.0, "webhook_shuffle": False})
    subscribe(running)
    running.deliver()
    running.drain()
    assert waiting(running.database) == {}
    return running


def is_written(service: Service, company_id: str, tier: str) -> bool:
    """Whether both CRMs say that a company, and the account that is its twin, is in a tier."""
    account_id = service.twin(company_id)
    return {service.company(company_id)["abm_tier"], service.account(account_id)["ABM_Tier__c"]} == {tier}


@pytest.mark.parametrize("is_shuffled", [False, True])
def test_f31_a_privacy_deletion_erases_a_person_of_both_crms_whatever_is_told_beside_it(
    service: Service,
    is_shuffled: bool,  # noqa: FBT001
) -> None:
    """HubSpot tells a deletion too, and Salesforce still has the person."""
    service.control("hubspot", "settings", {"webhook_repeat_share": 1.0, "webhook_shuffle": is_shuffled})
    numbers = {one.name: one.id for one in service.engine.connections}
    with service.database.read() as reader:
        [(remote_id, email), *_] = reader.exec_driver_sql(
            "SELECT one.remote_id, one.email FROM crm_contact AS one JOIN crm_contact AS two ON "
            "two.email = one.email WHERE one.connection_id = ? AND two.connection_id = ? AND NOT one.is_gone "
            "ORDER BY 2",
            (numbers["hubspot"], numbers["salesforce"]),
        ).all()
    told = [{"type": "contact.deletion"}, {"type": "contact.privacyDeletion"}]
    url = f"{service.url}{HUBSPOT_HOOK}"
    service.control(
        "hubspot",
        "webhooks",
        {"target_url": url, "signed_url": f"{PUBLIC_URL}{HUBSPOT_HOOK}", "subscriptions": told},
    )
    requests.post(
        f"{service.crms.hubspot_url}/crm/objects/2026-03/contacts/gdpr-delete",
        json={"objectId": remote_id},
        headers={"Authorization": "Bearer demo-token"},
        timeout=TIMEOUT,
    ).raise_for_status()

    service.deliver()
    service.drain()
    run_sync(service.engine)

    assert email not in everything(service.engine)
    assert email in str(service.crms.salesforce.backend.state("Contact")).lower()


def test_f67_what_we_wrote_ourselves_costs_no_push_and_no_second_run(service: Service) -> None:
    company = service.twins()[0]
    service.edit_company(company, abm_tier_override="one_to_many")
    assert service.deliver()[0] == [200]
    first = service.drain()
    assert first.counts()["records_written"] >= 2
    assert is_written(service, company, "one_to_many")
    runs = len(list_runs(service.database))

    # Both CRMs tell us of what we have just written; Salesforce cannot say who did it.
    _, counts = service.deliver()
    assert counts["acknowledged"] > 0
    assert waiting(service.database)
    echo = service.drain()

    assert (echo.pushed, echo.counts()["changed"]) == (None, 0)
    assert len(list_runs(service.database)) == runs
    assert waiting(service.database) == {}


def test_f67_an_edit_in_the_minute_of_our_own_write_is_carried_through(service: Service) -> None:
    company = service.twins()[0]
    service.edit_company(company, abm_tier_override="one_to_many")
    service.deliver()
    service.drain()
    service.edit_company(company, abm_tier_override="one_to_few")

    service.deliver()
    service.drain()

    assert is_written(service, company, "one_to_few")


def test_f67_a_change_in_salesforce_is_heard_too(service: Service) -> None:
    company = service.twins()[1]
    before = service.company(company)["abm_fit_score"]
    service.edit_account(service.twin(company), NumberOfEmployees=1)

    _, counts = service.deliver()
    service.drain()

    assert counts["acknowledged"] == 1
    after = service.company(company)["abm_fit_score"]
    assert float(after) == service.account(service.twin(company))["ABM_Fit_Score__c"] != float(before)


def test_f68_everything_told_twice_is_read_and_written_once(service: Service) -> None:
    service.control("hubspot", "settings", {"webhook_repeat_share": 1.0})
    service.control("salesforce", "settings", {"outbound_repeats": 2})
    company = service.twins()[2]
    service.edit_company(company, abm_tier_override="one_to_many")
    service.edit_account(service.twin(company), Description="Edited meanwhile")

    _, counts = service.deliver()
    service.control("salesforce", "settings", {"outbound_repeats": 0})
    assert counts["messages"] == 3
    coalesce(service.database)
    assert sorted(count for count, _ in waiting(service.database).values()) == [1, 1]
    report = service.drain()

    assert is_written(service, company, "one_to_many")
    assert report.counts()["read"] == 2
    assert report.least_read_calls == {"hubspot": 1, "salesforce": 1}
    assert sum(report.calls[name].get(one, 0) for name, one in READS) == 2


READS = (("hubspot", "read companies"), ("salesforce", "fetch Account"))


def test_f69_in_whatever_order_they_come_the_last_word_counts(service: Service) -> None:
    service.control("hubspot", "settings", {"webhook_shuffle": True, "webhook_repeat_share": 1.0})
    company = service.twins()[3]
    for tier in ("one_to_one", "one_to_few", "one_to_many", "one_to_few"):
        service.edit_company(company, abm_tier_override=tier)

    service.deliver()
    service.drain()

    assert is_written(service, company, "one_to_few")


def test_f70_a_flood_of_one_record_is_one_read(service: Service) -> None:
    company = service.companies()[0]
    body = orjson.dumps([event(company, number) for number in range(1000)])
    for second in range(20):
        deliver(service, body, at=now() - timedelta(seconds=second))
    assert [count for count, _ in waiting(service.database).values()] == [20]
    coalesce(service.database)
    assert [count for count, _ in waiting(service.database).values()] == [1]

    report = service.drain()

    # Whose CRM it is may have been asked before, by another test's run on these connections.
    assert {**report.calls["hubspot"], "check": 1} == {"check": 1, "read companies": 1}
    deliver(service, body, at=now())
    coalesce(service.database)
    assert service.drain().calls["hubspot"] == {"read companies": 1}, "whose CRM it is was asked just now"


def deliver(service: Service, body: bytes, at: datetime) -> None:
    url = f"{PUBLIC_URL}{HUBSPOT_HOOK}"
    headers = signed(body, secret=HUBSPOT_SECRET, url=url, at=at)
    assert requests.post(f"{service.url}{HUBSPOT_HOOK}", body, headers=headers, timeout=TIMEOUT).ok


def event(company: str, number: int) -> dict[str, Any]:
    """One event as HubSpot sends it."""
    portal, app = 8800002, 4100001
    return {
        "eventId": number,
        "portalId": portal,
        "appId": app,
        "occurredAt": 1_795_683_600_000 + number,
        "subscriptionType": "company.propertyChange",
        "objectId": int(company),
        "propertyName": "name",
        "propertyValue": f"Name {number}",
        "changeSource": "CRM_UI",
        "sourceId": "userId:1",
    }


def test_f71_two_days_without_any_webhook_are_made_good_by_the_next_sync(service: Service) -> None:
    company = service.twins()[4]
    service.control("hubspot", "webhooks", {"target_url": "http://127.0.0.1:9/nobody", "subscriptions": []})
    service.control("salesforce", "outbound", {"subscriptions": []})
    service.edit_company(company, abm_tier_override="one_to_few")
    service.deliver()
    assert service.drain().run_id == 0

    run_sync(service.engine)

    assert is_written(service, company, "one_to_few")


def test_f71_what_was_refused_while_we_were_away_is_sent_again(service: Service) -> None:
    company = service.twins()[0]
    service.inbox.stop()
    service.edit_company(company, name=f"{service.company(company)['name']} Inc")
    service.edit_account(service.twin(company), Description="Edited while we were away")
    statuses, counts = service.deliver()
    assert (statuses, counts["acknowledged"], counts["retried"]) == ([503], 0, 1)
    service.inbox.start()
    assert waiting(service.database) == {}

    service.control("salesforce", "clock", {"advance_seconds": 3600})
    _, counts = service.deliver()
    service.control("salesforce", "clock", {"resume": True})

    assert counts["acknowledged"] == 1


def test_f72_a_forged_delivery_changes_nothing(service: Service) -> None:
    body = orjson.dumps([event(service.companies()[0], 1)])
    url = f"{PUBLIC_URL}{HUBSPOT_HOOK}"
    for headers in (
        signed(body, secret="guessed", url=url, at=now()),
        signed(body, secret=HUBSPOT_SECRET, url=url, at=now() - timedelta(minutes=6)),
        signed(body, secret=HUBSPOT_SECRET, url=url, at=now() + timedelta(minutes=6)),
        signed(body, secret=HUBSPOT_SECRET, url=f"{url}/other", at=now()),
    ):
        answer = requests.post(f"{service.url}{HUBSPOT_HOOK}", body, headers=headers, timeout=TIMEOUT)
        assert (answer.status_code, answer.content) == (401, b"")
    assert service.drain().run_id == 0
    good = signed(body, secret=HUBSPOT_SECRET, url=url, at=now())
    statuses = [
        requests.post(f"{service.url}{HUBSPOT_HOOK}", body, headers=good, timeout=TIMEOUT).status_code
        for _ in range(3)
    ]
    assert statuses == [200, 401, 401], "it is replayed"


def test_f73_whatever_is_thrown_at_it_the_next_delivery_is_taken(service: Service) -> None:
    for body in (b"", b"[" * 100_000, b" " * (1 << 20) + b"x", b"\xff\xfe", b"<!DOCTYPE a>" * 100):
        headers = signed(body, secret=HUBSPOT_SECRET, url=f"{PUBLIC_URL}{HUBSPOT_HOOK}", at=now())
        for path in (HUBSPOT_HOOK, SALESFORCE_HOOK):
            answer = requests.post(f"{service.url}{path}", body, headers=headers, timeout=TIMEOUT)
            assert answer.status_code in (401, 413)
    company = service.twins()[0]
    service.edit_company(company, abm_tier_override="one_to_many")
    assert service.deliver()[0] == [200]
    service.drain()
    assert is_written(service, company, "one_to_many")


def test_f74_what_is_unknown_is_counted_and_the_rest_of_the_delivery_is_taken(service: Service) -> None:
    company = service.companies()[0]
    known = event(company, 1)
    body = orjson.dumps(
        [
            {**known, "subscriptionType": "company.somethingNew", "objectId": int(service.companies()[1])},
            {**known, "subscriptionType": "object.propertyChange", "objectTypeId": "2-9", "objectId": 5},
            {**known, "subscriptionType": "conversation.newMessage"},
            {**known, "portalId": 1},
            {"nothing": "known"},
            known,
        ]
    )
    before = dropped_hints(service.database)
    headers = signed(body, secret=HUBSPOT_SECRET, url=f"{PUBLIC_URL}{HUBSPOT_HOOK}", at=now())
    assert requests.post(f"{service.url}{HUBSPOT_HOOK}", body, headers=headers, timeout=TIMEOUT).ok

    found = {
        reason: n - before.get((c, reason), 0) for (c, reason), n in dropped_hints(service.database).items()
    }
    assert {reason: n for reason, n in found.items() if n} == {
        "about an object that is not read": 1,
        "another portal's": 2,
        "not about a record": 1,
    }
    # A new kind of event still says that a record may be another one now.
    assert [count for count, _ in waiting(service.database).values()] == [2]


def test_an_activity_is_read_by_its_id_and_counts(service: Service) -> None:
    contact = next(r for r in service.crms.salesforce.backend.state("Contact") if r["AccountId"])
    before = service.account(contact["AccountId"])["ABM_Engagement_Score__c"]
    task = {"Subject": "Call", "Status": "Completed", "Type": "Meeting", "WhoId": contact["Id"]}
    task["ActivityDate"] = now().date().isoformat()
    service.salesforce("POST", "sobjects/Task", task)

    service.deliver()
    report = service.drain()

    assert report.counts()["changed"] >= 1
    with service.database.read() as reader:
        landed = reader.exec_driver_sql(
            "SELECT count(*) FROM crm_activity WHERE remote_id LIKE 'Task:%' AND contact_ids LIKE ?",
            (f"%{contact['Id']}%",),
        ).scalar_one()
    assert landed >= 1
    assert before is not None
