"""Two things that happen in a CRM, made through that CRM's own API as a person or a form would make them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests

from shortlist.demo.stage import SECRETS, Stage

_TIMEOUT_SECONDS = 30
_API = "/services/data/v66.0"
_MEETING_TO_CONTACT, _MEETING_TO_COMPANY = 200, 188


@dataclass(frozen=True, slots=True)
class Crms:
    """Signed-in sessions of both emulated CRMs."""

    stage: Stage
    salesforce: requests.Session
    hubspot: requests.Session

    def hold_meeting(self, company_id: str, contact_id: str, at: datetime) -> str:
        """Log a meeting of 45 minutes with a contact in HubSpot; gives its id."""
        body = {
            "properties": {
                "hs_timestamp": at.isoformat(),
                "hs_meeting_title": "Solution workshop",
                "hs_meeting_start_time": at.isoformat(),
                "hs_meeting_end_time": (at + timedelta(minutes=45)).isoformat(),
                "hs_meeting_outcome": "COMPLETED",
            },
            "associations": [
                _association(contact_id, _MEETING_TO_CONTACT),
                _association(company_id, _MEETING_TO_COMPANY),
            ],
        }
        path = f"{self.stage.hubspot}/crm/v3/objects/meetings"
        return str(_json(self.hubspot.post(path, json=body, timeout=_TIMEOUT_SECONDS))["id"])

    def fill_form(self, contact_id: str) -> str:
        """Let a contact answer a web form's campaign in Salesforce; gives the campaign member's id."""
        answered = f"SELECT CampaignId FROM CampaignMember WHERE ContactId = '{contact_id}'"  # noqa: S608 our own id
        known = {row["CampaignId"] for row in self._query(answered)}
        forms = self._query("SELECT Id FROM Campaign WHERE Type = 'Website Form'")
        form = next(row["Id"] for row in forms if row["Id"] not in known)
        member = {"CampaignId": form, "ContactId": contact_id, "Status": "Responded"}
        path = f"{self.stage.salesforce}{_API}/sobjects/CampaignMember"
        return str(_json(self.salesforce.post(path, json=member, timeout=_TIMEOUT_SECONDS))["id"])

    def salesforce_account(self, account_id: str, fields: tuple[str, ...]) -> dict[str, Any]:
        """What a rep reads on the Salesforce record."""
        path = f"{self.stage.salesforce}{_API}/sobjects/Account/{account_id}"
        found = self.salesforce.get(path, params={"fields": ",".join(fields)}, timeout=_TIMEOUT_SECONDS)
        return dict(_json(found))

    def hubspot_company(self, company_id: str, properties: tuple[str, ...]) -> dict[str, Any]:
        """What a rep reads on the HubSpot record."""
        path = f"{self.stage.hubspot}/crm/v3/objects/companies/{company_id}"
        params = {"properties": ",".join(properties)}
        return dict(_json(self.hubspot.get(path, params=params, timeout=_TIMEOUT_SECONDS))["properties"])

    def _query(self, soql: str) -> list[dict[str, Any]]:
        path = f"{self.stage.salesforce}{_API}/query"
        return list(_json(self.salesforce.get(path, params={"q": soql}, timeout=_TIMEOUT_SECONDS))["records"])


def sign_in(stage: Stage) -> Crms:
    """Open a session in each emulated CRM."""
    salesforce, hubspot = requests.Session(), requests.Session()
    grant = {
        "grant_type": "client_credentials",
        "client_id": SECRETS["client_id"],
        "client_secret": SECRETS["client_secret"],
    }
    path = f"{stage.salesforce}/services/oauth2/token"
    token = _json(salesforce.post(path, data=grant, timeout=_TIMEOUT_SECONDS))["access_token"]
    salesforce.headers["Authorization"] = f"Bearer {token}"
    hubspot.headers["Authorization"] = f"Bearer {SECRETS['token']}"
    return Crms(stage, salesforce, hubspot)


def _association(record_id: str, type_id: int) -> dict[str, Any]:
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"to": {"id": record_id}, "types": [kind]}


def _json(response: requests.Response) -> Any:
    response.raise_for_status()
    return response.json()
