"""HubSpot's own Python client against the emulator, changed in nothing but its host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hubspot import Client
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.companies import (
    BatchInputSimplePublicObjectBatchInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
)
from hubspot.crm.companies.exceptions import ApiException
from hubspot.oauth.exceptions import ApiException as OAuthException
from hubspot.utils.oauth import get_auth_url

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient


@pytest.fixture
def crm(portal: PortalClient) -> Any:
    return Client.create(access_token="demo-token", host=portal.url).crm


def test_companies_live_their_life(crm: Any) -> None:
    api = crm.companies.basic_api
    made = api.create({"properties": {"name": "Acme", "domain": "acme.example"}})
    assert made.properties["website"] == "acme.example"
    changed = api.update(made.id, SimplePublicObjectInput(properties={"name": "Acme 2"}))
    assert changed.properties["name"] == "Acme 2"
    found = api.get_by_id(made.id, properties=["name", "city"])
    assert found.properties["city"] is None
    assert found.updated_at >= found.created_at
    api.archive(made.id)
    with pytest.raises(ApiException) as failure:
        api.get_by_id(made.id)
    assert failure.value.status == 404
    assert [row.id for row in api.get_page(archived=True).results] == [made.id]


def test_get_all_follows_the_cursor(crm: Any, portal: PortalClient) -> None:
    rows = [{"id": number, "properties": {"email": f"{number}@acme.example"}} for number in range(1, 251)]
    portal.load(objects={"contacts": rows})
    assert [row.id for row in crm.contacts.get_all()] == [str(number) for number in range(1, 251)]


def test_batches_and_search(crm: Any) -> None:
    inputs = [{"properties": {"name": f"C{number}"}} for number in range(3)]
    made = crm.companies.batch_api.create({"inputs": inputs})
    assert made.status == "COMPLETE"
    update = [{"id": row.id, "properties": {"city": "Ulm"}} for row in made.results]
    crm.companies.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs=update))
    condition = {"propertyName": "city", "operator": "EQ", "value": "ulm"}
    request = PublicObjectSearchRequest(
        filter_groups=[{"filters": [condition]}], properties=["city"], limit=2
    )
    page = crm.companies.search_api.do_search(request)
    assert (page.total, page.paging.next.after) == (3, "2")
    assert {row.properties["city"] for row in page.results} == {"Ulm"}


def test_partial_failures_come_as_objects(crm: Any) -> None:
    inputs = [
        {"properties": {"name": "good"}, "objectWriteTraceId": "1"},
        {"properties": {"nope": "bad"}, "objectWriteTraceId": "2"},
    ]
    reply = crm.companies.batch_api.create({"inputs": inputs})
    assert reply.num_errors == 1
    assert reply.errors[0].context == {"objectWriteTraceId": ["2"]}
    assert [row.object_write_trace_id for row in reply.results] == ["1"]


def test_properties_and_groups(crm: Any) -> None:
    crm.properties.groups_api.create("companies", {"name": "abm", "label": "ABM", "displayOrder": -1})
    wanted = {
        "name": "abm_score",
        "label": "Score",
        "type": "number",
        "fieldType": "number",
        "groupName": "abm",
    }
    assert crm.properties.core_api.create("companies", wanted).name == "abm_score"
    names = {item.name for item in crm.properties.core_api.get_all("companies").results}
    assert {"abm_score", "industry", "hs_is_target_account"} <= names
    assert crm.properties.core_api.get_by_name("companies", "industry").options[0].value == "ACCOUNTING"
    crm.properties.core_api.archive("companies", "abm_score")
    crm.properties.groups_api.archive("companies", "abm")


def test_lists(crm: Any, portal: PortalClient) -> None:
    company = portal.create("companies", name="Acme")
    body = {"name": "Tier 1", "objectTypeId": "0-2", "processingType": "MANUAL"}
    made = crm.lists.lists_api.create(body).list
    change = {"recordIdsToAdd": [company], "recordIdsToRemove": []}
    reply = crm.lists.memberships_api.add_and_remove(made.list_id, change)
    assert reply.records_ids_added == [company]
    page = crm.lists.memberships_api.get_page(made.list_id)
    assert [row.record_id for row in page.results] == [company]
    assert crm.lists.lists_api.get_by_name("Tier 1", "0-2").list.list_id == made.list_id
    found = crm.lists.lists_api.do_search({"query": "tier"})
    assert found.lists[0].additional_properties == {"hs_list_size": "1"}
    crm.lists.lists_api.remove(made.list_id)


def test_associations(crm: Any, portal: PortalClient) -> None:
    contact, company = (
        portal.create("contacts", email="a@acme.example"),
        portal.create("companies", name="Acme"),
    )
    crm.associations.v4.basic_api.create_default("contacts", contact, "companies", company)
    page = crm.associations.v4.basic_api.get_page("contacts", contact, "companies")
    assert {item.type_id for item in page.results[0].association_types} == {1, 279}
    request = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": contact}, {"id": "99"}])
    reply = crm.associations.v4.batch_api.get_page("contacts", "companies", request)
    assert reply.results[0].to[0].to_object_id == company
    assert reply.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    item = {"from": {"id": contact}, "to": {"id": company}, "types": types}
    made = crm.associations.v4.batch_api.create("contacts", "companies", {"inputs": [item]})
    assert made.results[0].labels == ["Primary"]
    crm.associations.v4.basic_api.archive("contacts", contact, "companies", company)


def test_owners_and_pipelines(crm: Any, portal: PortalClient) -> None:
    portal.load(owners=[{"id": "11", "email": "o@example.com"}])
    assert crm.owners.owners_api.get_page().results[0].email == "o@example.com"
    assert crm.owners.owners_api.get_by_id(11).id == "11"
    pipelines = crm.pipelines.pipelines_api.get_all("deals").results
    assert [stage.id for stage in pipelines[0].stages][-2:] == ["closedwon", "closedlost"]


def test_a_limit_is_an_exception_of_the_client(crm: Any, portal: PortalClient) -> None:
    portal.set(burst_limit=1)
    api = crm.companies.basic_api
    api.get_page()
    with pytest.raises(ApiException) as failure:
        api.get_page()
    assert failure.value.status == 429
    assert "TEN_SECONDLY_ROLLING" in failure.value.body


def test_oauth_from_code_to_refresh(portal: PortalClient) -> None:
    back = "http://localhost:4711/back"
    scope = ("oauth", "crm.objects.companies.read")
    address = get_auth_url("demo-client", back, scope=scope).replace("https://app.hubspot.com", portal.url)
    location = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    (code,) = parse_qs(urlsplit(location).query)["code"]
    app = {"client_id": "demo-client", "client_secret": "demo-secret"}
    api = Client.create(host=portal.url).oauth.tokens_api
    made = api.create(grant_type="authorization_code", code=code, redirect_uri=back, **app)
    assert made.expires_in == 1800
    again = api.create(grant_type="refresh_token", refresh_token=made.refresh_token, **app)
    assert again.refresh_token == made.refresh_token
    client = Client.create(access_token=again.access_token, host=portal.url)
    assert client.crm.companies.basic_api.get_page().results == []
    info = client.oauth.access_tokens_api.get(again.access_token)
    assert (info.hub_id, info.scopes) == (8_800_002, ["oauth", "crm.objects.companies.read"])
    assert client.oauth.refresh_tokens_api.get(made.refresh_token).client_id == "demo-client"
    client.oauth.refresh_tokens_api.archive(made.refresh_token)
    with pytest.raises(OAuthException) as failure:
        api.create(grant_type="refresh_token", refresh_token=made.refresh_token, **app)
    assert "BAD_REFRESH_TOKEN" in failure.value.body


def test_exports(crm: Any, portal: PortalClient) -> None:
    company = portal.create("companies", name="Acme")
    wanted = {
        "exportType": "VIEW",
        "exportName": "x",
        "format": "CSV",
        "language": "EN",
        "objectType": "COMPANY",
        "objectProperties": ["name"],
        "associatedObjectType": [],
        "exportInternalValuesOptions": [],
        "includeLabeledAssociations": False,
        "includePrimaryDisplayPropertyForAssociatedObjects": False,
        "overrideAssociatedObjectsPerDefinitionPerRowLimit": False,
    }
    task = crm.exports.public_exports_api.start(wanted)
    status = crm.exports.public_exports_api.get_status(task.id)
    assert status.status == "COMPLETE"
    assert requests.get(status.result, timeout=5).text.splitlines()[1] == f"{company},Acme"
