"""Installing into and removing from HubSpot, and what check says of it."""

from typing import Any

import pytest

from connectors.contract import Connector, Wanted
from connectors.hubspot.scopes import NEEDED_SCOPES
from core.changes import InventoryItem
from core.errors import ConfigError
from core.managed_fields import MANAGED_FIELDS
from core.records import Account
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import companies, load, pull, records

WANTED = Wanted(fields=MANAGED_FIELDS, lists=[])
GROUP = {"name": "abm", "label": "ABM"}
TIER = {"name": "abm_tier", "label": "Tier", "groupName": "companyinformation"}


@pytest.fixture
def connector(portal: HubspotHarness) -> Connector:
    return portal.connector()


def definition(portal: HubspotHarness, name: str) -> dict[str, Any]:
    return next(row for row in portal.state("properties") if row["name"] == name and not row["archived"])


def add_property(portal: HubspotHarness, **more: Any) -> None:
    portal.api("POST", "/crm/properties/2026-03/companies", {**TIER, **more})


def option(value: str) -> dict[str, Any]:
    return {"value": value, "label": value, "displayOrder": 0, "hidden": False}


def test_fields_stand_in_a_group_with_type_label_and_description(
    portal: HubspotHarness, connector: Connector
) -> None:
    connector.provision(WANTED)

    tier, why = definition(portal, "abm_tier"), definition(portal, "abm_why")
    assert (tier["groupName"], tier["type"], tier["label"]) == ("abm", "enumeration", "ABM Tier")
    assert [one["value"] for one in tier["options"]] == ["one_to_one", "one_to_few", "one_to_many", "none"]
    assert (why["type"], why["fieldType"]) == ("string", "textarea")


def test_both_object_types_have_a_group_of_their_own(connector: Connector) -> None:
    made = connector.provision(WANTED).created

    groups = [item.name for item in made if item.type == "field_group"]
    assert groups == ["companies.abm", "contacts.abm"]
    assert InventoryItem("field", "contacts.abm_engagement_points") in made


def test_a_property_of_another_type_is_never_taken_over(portal: HubspotHarness, connector: Connector) -> None:
    add_property(portal, type="string", fieldType="text")

    with pytest.raises(ConfigError, match=r"companies\.abm_tier.*string"):
        connector.provision(WANTED)
    assert portal.managed_field_names() == {"companies.abm_tier"}


def test_missing_options_are_added_behind_the_ones_of_others(
    portal: HubspotHarness, connector: Connector
) -> None:
    theirs = [option("one_to_one"), option("their_own")]
    add_property(portal, type="enumeration", fieldType="select", options=theirs)

    connector.provision(WANTED)

    values = [one["value"] for one in definition(portal, "abm_tier")["options"]]
    assert values == ["one_to_one", "their_own", "one_to_few", "one_to_many", "none"]


@pytest.mark.parametrize("path", ["/properties/.*/groups$", "/properties/.*/batch/create$"])
def test_a_lost_answer_makes_nothing_twice(portal: HubspotHarness, connector: Connector, path: str) -> None:
    portal.break_with({"method": "POST", "path": path, "times": 1, "drop": "after"})

    connector.provision(WANTED)

    assert len(portal.managed_field_names()) == len(MANAGED_FIELDS)
    assert list(portal.connector().provision(WANTED).created) == []


def test_a_second_admin_who_was_faster_does_no_harm(portal: HubspotHarness, connector: Connector) -> None:
    connector.provision(WANTED)
    portal.break_with({"method": "GET", "path": "/groups/abm$", "times": 1, "status": 404, "body": {}})

    made = portal.connector().provision(WANTED).created

    assert [item.name for item in made] == ["companies.abm"]


def test_a_refusal_is_told_in_hubspots_words(portal: HubspotHarness, connector: Connector) -> None:
    refusal = {"status": 400, "body": {"message": "The limit of custom properties is reached"}}
    portal.break_with({"path": "/batch/create$", **refusal})

    with pytest.raises(ConfigError, match="limit of custom properties"):
        connector.provision(WANTED)


def test_fields_can_be_installed_again_after_uninstall(portal: HubspotHarness, connector: Connector) -> None:
    connector.deprovision(connector.provision(WANTED).created)

    connector.provision(WANTED)

    assert len(portal.managed_field_names()) == len(MANAGED_FIELDS)


def test_a_group_with_somebody_elses_property_stays(portal: HubspotHarness, connector: Connector) -> None:
    made = connector.provision(WANTED).created
    portal.api(
        "POST",
        "/crm/properties/2026-03/companies",
        {"name": "theirs", "label": "Theirs", "groupName": "abm", "type": "string", "fieldType": "text"},
    )

    removed = connector.deprovision(made).removed

    assert {item.name for item in made} - {item.name for item in removed} == {"companies.abm"}
    assert definition(portal, "theirs")["groupName"] == "abm"


def test_managed_values_come_with_a_pull_as_soon_as_they_exist(
    portal: HubspotHarness, connector: Connector
) -> None:
    load(portal, "companies", companies([1]))
    (before,) = records(pull(connector, "companies"))
    connector.provision(WANTED)
    (after,) = records(pull(connector, "companies"))

    assert isinstance(before, Account)
    assert isinstance(after, Account)
    assert before.managed == {}
    assert after.managed["tier"] is None
    assert len(after.managed) == sum(field.kind.value == "account" for field in MANAGED_FIELDS)


def test_check_tells_portal_version_and_calls_left(connector: Connector) -> None:
    report = connector.check()

    assert report.org_id == "8800002"
    assert report.api_version == "2026-03"
    assert report.calls_left is not None
    assert 600_000 < report.calls_left < 650_000
    assert any("2027-09-30" in finding.message for finding in report.findings)


def test_check_names_missing_and_surplus_scopes(portal: HubspotHarness) -> None:
    scopes = [*(NEEDED_SCOPES - {"crm.lists.write"}), "tickets"]
    portal.control("POST", "settings", {"tokens": {"narrow": scopes}})

    report = portal.connector(secret="narrow").check()

    assert ["crm.lists.write" in one.message for one in report.problems] == [True]
    assert any(one.subject == "surplus scopes" and "tickets" in one.message for one in report.findings)


def test_check_goes_on_where_a_scope_is_missing(portal: HubspotHarness) -> None:
    portal.control("POST", "settings", {"tokens": {"narrow": ["crm.objects.companies.read"]}})
    portal.break_with({"path": "access-token-info", "status": 404, "body": {"message": "no such key"}})

    report = portal.connector(secret="narrow").check()

    subjects = {one.subject for one in report.problems}
    assert {"reading contacts", "reading deals", "reading lists", "contacts properties"} <= subjects
    assert "reading companies" not in subjects


def test_check_names_mapped_properties_that_do_not_exist(portal: HubspotHarness) -> None:
    connector = portal.connector(fields={"industry": "sektor"}, twin_id_property="sf_id")

    problems = {one.subject: one.message for one in connector.check().problems}

    assert "sektor" in problems["fields.industry"]
    assert "sf_id" in problems["twin_id_property"]


def test_check_names_a_managed_field_of_another_type(portal: HubspotHarness, connector: Connector) -> None:
    add_property(portal, type="string", fieldType="text")

    assert any("abm_tier" in one.message for one in connector.check().problems)


def test_check_says_where_the_edition_has_no_room_for_the_properties(
    portal: HubspotHarness, connector: Connector
) -> None:
    portal.control("POST", "settings", {"custom_property_limit": 5})

    [problem] = connector.check().problems

    assert "room for 5 more custom properties of companies" in problem.message
    portal.control("POST", "settings", {"custom_property_limit": 1_000})
    connector.provision(WANTED)
    portal.control("POST", "settings", {"custom_property_limit": 5})
    assert not connector.check().problems


def test_check_goes_on_where_the_account_does_not_tell_its_room(
    portal: HubspotHarness, connector: Connector
) -> None:
    portal.break_with({"path": "custom-properties", "status": 404, "body": "<html>Not Found</html>"})

    assert not connector.check().problems


def test_check_warns_before_the_version_ends(portal: HubspotHarness, connector: Connector) -> None:
    portal.control("POST", "clock", {"freeze": "2027-08-01T00:00:00+00:00"})

    warnings = [one for one in connector.check().findings if one.subject == "API version"]

    assert [one.level for one in warnings] == ["warning"]
