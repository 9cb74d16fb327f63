"""The settings of a HubSpot connection."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from core.config import Secret, Section

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_VENDOR_DOMAIN = "hubapi.com"
_FIELDS = {
    "industry": "industry",
    "employees": "numberofemployees",
    "annual_revenue": "annualrevenue",
    "country": "country",
    "type": "type",
    "lifecycle_stage": "lifecyclestage",
}


CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
"""The call disposition "Connected", the same id in every account."""
CALL_DISPOSITIONS = {CONNECTED: "call_connected"}
MEETING_OUTCOMES = {"CANCELED": "none", "NO_SHOW": "none"}
EMAIL_DIRECTIONS = {"INCOMING_EMAIL": "email_reply"}
TASK_TYPES: dict[str, str] = {}
WEB_EVENTS = {"e_page_views": "page_view", "e_form_submissions": "form_submission"}
DEAL_ROLES = {
    "Decision maker": "decision maker",
    "Economic buyer": "budget holder",
    "Budget holder": "budget holder",
    "Champion": "champion",
    "Executive sponsor": "executive sponsor",
    "Influencer": "influencer",
    "Evaluator": "influencer",
    "Technical buyer": "influencer",
    "End user": "end user",
    "Legal & compliance": "legal and compliance",
    "Blocker": "blocker",
}
Touch = Literal["email_open", "email_click", "form_submission", "page_view"]


class AccountFields(Section):
    """Company properties behind what Shortlist itself needs of an account."""

    website: str = "domain"
    owner: str = "hubspot_owner_id"
    parent: str = "hs_parent_company_id"


class ContactFields(Section):
    """Contact properties. `buying_role` is the one in which people note a buying role."""

    email: str = "email"
    title: str = "jobtitle"
    buying_role: str = "hs_buying_role"


class DealFields(Section):
    """Deal properties."""

    amount: str = "amount"
    closes_on: str = "closedate"


class ActivityTypes(Section):
    """Which type of activity a word of HubSpot's stands for; what is given comes on top of the defaults.

    call_dispositions: by the id of a call's outcome; other outcomes are `other`, and a call without an outcome
    counts as connected when it was completed and lasted.
    meeting_outcomes: by a meeting's outcome; others are `meeting`. email_directions: by the direction of a
    one-to-one e-mail; others are `other`. task_types: by the type of a completed task; others are `other`.
    notes: the type of every note. touches: by what the counters of a contact count. web_events: by the name of
    the event; these and no others are read.
    """

    call_dispositions: dict[str, str] = Field(default_factory=dict)
    meeting_outcomes: dict[str, str] = Field(default_factory=dict)
    email_directions: dict[str, str] = Field(default_factory=dict)
    task_types: dict[str, str] = Field(default_factory=dict)
    notes: str = "other"
    touches: dict[Touch, str] = Field(default_factory=dict)
    web_events: dict[str, str] = Field(default_factory=dict)


class HubspotSettings(Section):
    """One [connections.NAME] section with crm = "hubspot".

    fields: name of a fit rule's input -> company property it is read from.
    burst_limit: calls in 10 seconds while HubSpot's own headers do not say; twin_id_property: the company
    property that holds the same company's id in the other CRM, where a native sync keeps one.
    deal_roles: the buying role behind a label of deals' contacts, on top of the defaults; other labels say
    nothing of a role. web_events: "auto" reads them where the account has them, and then not the counters of
    page views and forms.
    """

    crm: Literal["hubspot"]
    token: Secret
    base_url: str = "https://api.hubapi.com"
    emulator: bool = False
    burst_limit: int | None = Field(default=None, ge=1)
    search_per_second: int = Field(default=4, ge=1)
    fields: dict[str, str] = Field(default_factory=lambda: dict(_FIELDS))
    twin_id_property: str | None = None
    account_fields: AccountFields = AccountFields()
    contact_fields: ContactFields = ContactFields()
    deal_fields: DealFields = DealFields()
    deal_roles: dict[str, str] = Field(default_factory=dict)
    activities: ActivityTypes = ActivityTypes()
    web_events: Literal["auto", "off"] = "auto"

    @model_validator(mode="after")
    def _guard_host(self) -> Self:
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        if self.emulator and parts.scheme == "http" and host in _LOOPBACK:
            return self
        if parts.scheme != "https" or not f".{host}".endswith(f".{_VENDOR_DOMAIN}"):
            raise ValueError(
                f"base_url must be https on {_VENDOR_DOMAIN} (or http on this machine with emulator = true)"
            )
        return self

    @property
    def host(self) -> str:
        """The host as it is named in messages."""
        return urlsplit(self.base_url).netloc
