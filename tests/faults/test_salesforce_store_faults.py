"""Faults F15, F29 and F40: a field mapped later, a contact that changes its company, and the retired log-in."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.salesforce.settings import SalesforceSettings
from core.records import Kind
from core.secret_refs import SecretRef
from tests.contract.salesforce_harness import SalesforceHarness, long_id
from tests.contract.worlds import EDITED_AT, LOADED_AT, PULLED_AT
from tests.stored import Stored, stored

ACME, BETA = (long_id(f"001S0000{number:07d}") for number in (1, 2))
ANN, CALL = long_id("003S00000000001"), long_id("00TS00000000001")
HOUR = timedelta(hours=1)

WORLD: dict[str, list[dict[str, Any]]] = {
    "Account": [
        {"Id": ACME, "Name": "Acme", "Website": "acme.example", "Industry": "Banking", "Rating": "Hot"},
        {"Id": BETA, "Name": "Beta", "Website": "beta.example"},
    ],
    "Contact": [{"Id": ANN, "AccountId": ACME, "LastName": "Ann", "Email": "ann@acme.example"}],
    "Task": [
        {"Id": CALL, "WhoId": ANN, "Status": "Completed", "Subject": "Call", "ActivityDate": "2026-03-01"}
    ],
}


@pytest.fixture
def world(crm: SalesforceHarness, tmp_path: Path) -> Iterator[Stored]:
    crm.control("load", WORLD)
    crm.set_clock(PULLED_AT)
    with stored(tmp_path, salesforce=crm.connector()) as found:
        yield found


def test_f15_a_field_that_is_mapped_later_is_read_for_old_rows_too(
    crm: SalesforceHarness, world: Stored
) -> None:
    world.pull()
    assert all("rating" not in one.fields for one in world.accounts())
    crm.set_clock(EDITED_AT)
    world.pull()

    world.connectors["salesforce"] = crm.configured(fields={"industry": "Industry", "rating": "Rating"})
    world.pull()
    (acme,) = (one for one in world.accounts() if one.remote_id == ACME)
    assert acme.fields == {"industry": "Banking", "rating": "Hot"}

    calls = world.connectors["salesforce"].calls()
    crm.set_clock(EDITED_AT + HOUR)
    world.pull()
    assert world.connectors["salesforce"].calls()["read Account"] == calls["read Account"] + 1


def test_f29_a_contact_that_moves_takes_its_activities_along(crm: SalesforceHarness, world: Stored) -> None:
    crm.control("settings", {"deny_fields": {"Task.AccountId": "read"}})
    world.pull()
    assert [row[0] for row in world.evidence()] == ["acme.example"]

    crm.set_clock(EDITED_AT)
    crm.control("load", {"Contact": [{"Id": ANN, "AccountId": BETA}]})
    crm.set_clock(EDITED_AT + HOUR)
    world.pull()

    assert [row[0] for row in world.evidence()] == ["beta.example"]
    assert world.rows("SELECT account_id FROM crm_contact") == [(BETA,)]


def test_f40_no_soap_log_in_is_made_even_where_the_org_still_has_one(
    crm: SalesforceHarness, world: Stored
) -> None:
    crm.control("settings", {"soap_login": True})
    world.pull()
    crm.control("settings", {"expire_sessions": True})
    crm.set_clock(LOADED_AT + 12 * HOUR)
    world.pull()
    world.connectors["salesforce"].check()

    seen = crm.control("requests/summary")["by_endpoint"]
    assert sum(count for endpoint, count in seen.items() if "/oauth2/token" in endpoint) >= 2
    assert not [endpoint for endpoint in seen if "/soap" in endpoint.lower()]
    assert world.connectors["salesforce"].calls()["log in"] >= 2
    assert len(world.writable(Kind.ACCOUNT)) == 2


@pytest.mark.parametrize(
    "more",
    [{"auth": "soap"}, {"auth": "password"}, {"password": "secret"}, {"security_token": "secret"}],
    ids=lambda more: "=".join(map(str, next(iter(more.items())))),
)
def test_f40_a_configuration_that_asks_for_a_soap_log_in_is_refused(more: dict[str, Any]) -> None:
    ref = SecretRef(source="env", name="SECRET")
    plain: dict[str, Any] = {
        "crm": "salesforce",
        "instance_url": "https://acme.my.salesforce.com",
        "client_id": ref,
        "client_secret": ref,
    }
    assert SalesforceSettings(**plain).auth == "client_credentials"

    with pytest.raises(ValidationError, match=next(iter(more))):
        SalesforceSettings(**plain, username="ann@acme.example", **more)
