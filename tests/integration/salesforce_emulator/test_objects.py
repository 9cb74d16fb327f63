"""What single objects insist on: leads, campaign members, contact roles, activities, e-mails."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.test_salesforce_emulator import Api, error_of


def lead(api: Api, **values: Any) -> str:
    return api.create("Lead", LastName="Doe", FirstName="Jo", Company="Acme", Industry="Energy", **values)


def test_a_converted_lead_leads_to_account_contact_and_opportunity(api: Api) -> None:
    record_id = lead(api, Email="jo@acme.example")
    task = api.create("Task", Subject="Call", WhoId=record_id)
    campaign = api.create("Campaign", Name="C")
    api.create("CampaignMember", CampaignId=campaign, LeadId=record_id)
    made = api.control("convert", {"lead": record_id, "opportunity": "Acme deal"})
    row = api.get(f"/sobjects/Lead/{record_id}")
    assert (row["IsConverted"], row["Status"], row["ConvertedDate"]) == (
        True,
        "Closed - Converted",
        "2026-05-13",
    )
    assert [row[f"Converted{key}Id"] for key in ("Account", "Contact", "Opportunity")] == list(made.values())
    account = api.get(f"/sobjects/Account/{made['account']}")
    assert (account["Name"], account["Industry"]) == ("Acme", "Energy")
    contact = api.get(f"/sobjects/Contact/{made['contact']}")
    assert (contact["Name"], contact["Email"], contact["AccountId"]) == (
        "Jo Doe",
        "jo@acme.example",
        made["account"],
    )
    activity = api.get(f"/sobjects/Task/{task}")
    assert (activity["WhoId"], activity["AccountId"]) == (made["contact"], made["account"])
    member = api.query("SELECT LeadId, ContactId FROM CampaignMember")["records"][0]
    assert (member["LeadId"], member["ContactId"]) == (record_id, made["contact"])


def test_a_converted_lead_cannot_be_changed_any_more(api: Api) -> None:
    record_id, other = lead(api), lead(api)
    api.control("convert", {"lead": record_id})
    refused = api.update("Lead", record_id, Title="CFO")
    assert refused.json() == [
        {
            "message": "cannot reference converted lead",
            "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD",
            "fields": [],
        }
    ]
    records = [{"attributes": {"type": "Lead"}, "id": one, "Title": "CFO"} for one in (record_id, other)]
    results = api.call("PATCH", "/composite/sobjects", json={"records": records}).json()
    assert [row["success"] for row in results] == [False, True]
    assert results[0]["errors"][0]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_member_is_exactly_one_lead_contact_or_account(api: Api) -> None:
    campaign = api.create("Campaign", Name="C")
    account, contact = api.create("Account", Name="A"), api.create("Contact", LastName="P")
    people = {"LeadId": lead(api), "ContactId": contact, "AccountId": account}
    for number, (key, value) in enumerate(people.items()):
        member = api.create("CampaignMember", CampaignId=campaign, **{key: value})
        row = api.get(f"/sobjects/CampaignMember/{member}")
        assert (row["Type"], row["Status"], row["HasResponded"]) == (key[:-2], "Sent", False)
        assert api.query("SELECT COUNT() FROM CampaignMember")["totalSize"] == number + 1
    twice = api.call("POST", "/sobjects/CampaignMember", json={"CampaignId": campaign, "ContactId": contact})
    assert error_of(twice) == (400, "DUPLICATE_VALUE")
    assert twice.json()[0]["message"] == "Already a campaign member."
    two = {"CampaignId": campaign, "ContactId": contact, "AccountId": account}
    assert error_of(api.call("POST", "/sobjects/CampaignMember", json=two)) == (
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    )
    none = api.call("POST", "/sobjects/CampaignMember", json={"CampaignId": campaign})
    assert error_of(none) == (400, "REQUIRED_FIELD_MISSING")


def test_responding_follows_from_the_campaigns_own_statuses(api: Api) -> None:
    campaign = api.create("Campaign", Name="C")
    contact = api.create("Contact", LastName="P")
    attended = {"CampaignId": campaign, "Label": "Attended", "SortOrder": 3, "HasResponded": True}
    assert api.call("POST", "/sobjects/CampaignMemberStatus", json=attended).status_code == 403
    api.control("load", {"CampaignMemberStatus": [attended]})
    member = api.create("CampaignMember", CampaignId=campaign, ContactId=contact)
    assert api.update("CampaignMember", member, Status="Attended").status_code == 204
    row = api.get(f"/sobjects/CampaignMember/{member}")
    assert (row["HasResponded"], row["FirstRespondedDate"]) == (True, "2026-05-13")
    assert error_of(api.update("CampaignMember", member, Status="Nope")) == (
        400,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    )
    assert error_of(api.update("CampaignMember", member, ContactId=contact)) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )


def test_accounts_are_members_only_where_the_organisation_says_so(api: Api) -> None:
    api.control("settings", {"accounts_as_campaign_members": False})
    fields = {row["name"] for row in api.get("/sobjects/CampaignMember/describe")["fields"]}
    assert "AccountId" not in fields
    body = {"CampaignId": api.create("Campaign", Name="C"), "AccountId": api.create("Account", Name="A")}
    assert error_of(api.call("POST", "/sobjects/CampaignMember", json=body)) == (400, "INVALID_FIELD")


def test_contact_roles_name_a_deal_and_a_person(api: Api) -> None:
    deal = api.create("Opportunity", Name="O", StageName="Prospecting", CloseDate="2026-06-01")
    contact = api.create("Contact", LastName="P")
    role = api.create(
        "OpportunityContactRole", OpportunityId=deal, ContactId=contact, Role="Decision Maker", IsPrimary=True
    )
    row = api.query(
        "SELECT Role, IsPrimary, Contact.LastName, Opportunity.StageName FROM OpportunityContactRole"
    )["records"][0]
    assert (row["Contact"]["LastName"], row["Opportunity"]["StageName"]) == ("P", "Prospecting")
    missing = api.call("POST", "/sobjects/OpportunityContactRole", json={"OpportunityId": deal})
    assert error_of(missing) == (400, "REQUIRED_FIELD_MISSING")
    assert api.call("DELETE", f"/sobjects/OpportunityContactRole/{role}").status_code == 204


def test_emails_are_there_where_the_organisation_has_them(api: Api) -> None:
    account = api.create("Account", Name="A")
    message = api.create(
        "EmailMessage",
        Subject="Hello",
        FromAddress="Rep@us.example",
        ToAddress="jo@acme.example",
        RelatedToId=account,
        MessageDate="2026-05-01T08:00:00Z",
    )
    row = api.query("SELECT FromAddress, Incoming, Status, RelatedTo.Name FROM EmailMessage")["records"][0]
    assert (row["FromAddress"], row["Incoming"], row["Status"], row["RelatedTo"]["Name"]) == (
        "rep@us.example",
        False,
        "3",
        "A",
    )
    emails = api.query("SELECT (SELECT Id FROM Emails) FROM Account")["records"][0]["Emails"]
    assert [row["Id"] for row in emails["records"]] == [message]
    api.control("settings", {"email_messages": False})
    assert error_of(api.call("GET", "/query", params={"q": "SELECT Id FROM EmailMessage"})) == (
        400,
        "INVALID_TYPE",
    )
    assert "EmailMessage" not in {row["name"] for row in api.get("/sobjects")["sobjects"]}
    assert api.call("GET", f"/sobjects/EmailMessage/{message}").status_code == 404
    api.control("settings", {"email_messages": True})
    assert api.get(f"/sobjects/EmailMessage/{message}")["Subject"] == "Hello"


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        (
            "Task",
            {"Subject": "Call", "Status": "Completed", "Priority": "High"},
            {"IsClosed": True, "IsHighPriority": True, "CompletedDateTime": "2026-05-13T12:00:00.000+0000"},
        ),
        (
            "Event",
            {"Subject": "Meet", "StartDateTime": "2026-05-20T08:00:00Z", "DurationInMinutes": 30},
            {"EndDateTime": "2026-05-20T08:30:00.000+0000", "ActivityDate": "2026-05-20"},
        ),
    ],
)
def test_activities_fill_in_what_follows(
    api: Api, name: str, values: dict[str, Any], expected: dict[str, Any]
) -> None:
    record = api.get(f"/sobjects/{name}/{api.create(name, **values)}")
    assert {key: record[key] for key in expected} == expected
