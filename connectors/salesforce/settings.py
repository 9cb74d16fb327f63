"""The settings of a Salesforce connection."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from core.config import Secret, Section

FIT_FIELDS = {
    "industry": "Industry",
    "employees": "NumberOfEmployees",
    "annual_revenue": "AnnualRevenue",
    "country": "BillingCountry",
    "type": "Type",
}
TASK_TYPES = {"Call": "call_connected", "Meeting": "meeting"}
EVENT_TYPES: dict[str, str] = {}
EMAIL_DIRECTIONS = {"incoming": "email_reply", "outgoing": "other"}
CAMPAIGN_TYPES = {
    "Webinar": "webinar_attended",
    "Conference": "event_attended",
    "Trade Show": "event_attended",
    "Seminar / Conference": "event_attended",
    "Event": "event_attended",
    "Web Form": "form_submission",
    "Website Form": "form_submission",
    "Website": "form_submission",
    "Content": "content_download",
    "Content Syndication": "content_download",
    "White Paper": "content_download",
}
CALL_DISPOSITIONS = dict.fromkeys(
    (
        "Connected",
        "Answered",
        "Conversation",
        "Spoke",
        "Completed",
        "Meeting booked",
        "Meeting set",
    ),
    "call_connected",
)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_VENDOR = (".my.salesforce.com", ".salesforce.com", ".force.com")


class AccountFields(Section):
    """Account fields behind what Shortlist itself needs of an account."""

    website: str = "Website"
    owner: str = "OwnerId"
    parent: str = "ParentId"


class PersonFields(Section):
    """Contact or Lead fields. `buying_role` is one in which people note a buying role."""

    email: str = "Email"
    title: str = "Title"
    buying_role: str | None = None


class DealFields(Section):
    """Opportunity fields."""

    amount: str = "Amount"
    closes_on: str = "CloseDate"


class ActivityTypes(Section):
    """Which type of activity a word of Salesforce's stands for; what is given comes on top of the defaults.

    task_types: by a task's Type, else by its TaskSubtype; others are `other`.
    call_dispositions: by the result of a call (a task of type call_connected); other results are `other`, and a
    call without a result counts as connected when it took time.
    event_types: by an event's Type, else by its EventSubtype; others are `meeting`.
    campaign_types: by the campaign's Type of a response; others are `campaign_response`.
    email_directions: of incoming and outgoing e-mail messages.
    """

    task_types: dict[str, str] = Field(default_factory=dict)
    call_dispositions: dict[str, str] = Field(default_factory=dict)
    event_types: dict[str, str] = Field(default_factory=dict)
    campaign_types: dict[str, str] = Field(default_factory=dict)
    email_directions: dict[Literal["incoming", "outgoing"], str] = Field(default_factory=dict)


class SalesforceSettings(Section):
    """One Salesforce org, reached as the integration user of an external client app (client credentials)."""

    crm: Literal["salesforce"]
    instance_url: str
    """The org's My Domain: https://COMPANY.my.salesforce.com."""
    client_id: Secret
    client_secret: Secret
    api_version: str = Field(default="66.0", pattern=r"^\d{2,3}\.0$")
    emulator: bool = False
    """True lets `instance_url` be plain http on this machine."""
    fields: dict[str, str] = FIT_FIELDS
    """Inputs of fit rules: the name in the model, and the Account field that holds it."""
    twin_id_field: str | None = None
    """The Account field that holds the same company's HubSpot id, where a native sync keeps one."""
    account_fields: AccountFields = AccountFields()
    contact_fields: PersonFields = PersonFields()
    lead_fields: PersonFields = PersonFields()
    deal_fields: DealFields = DealFields()
    activities: ActivityTypes = ActivityTypes()
    lists_as_campaigns: Literal["auto", "off"] = "auto"

    @model_validator(mode="after")
    def _host_is_allowed(self) -> "SalesforceSettings":
        if not host_allowed(self.instance_url, emulator=self.emulator):
            raise ValueError(
                "instance_url must be the org's My Domain over https "
                "(https://COMPANY.my.salesforce.com, no path); emulator = true allows http on this machine"
            )
        return self


def host_allowed(url: str, *, emulator: bool) -> bool:
    """Whether our credentials may be sent there: Salesforce over https, or this machine for an emulator."""
    parts = urlsplit(url)
    if parts.path.strip("/") or parts.query or parts.username or not parts.hostname:
        return False
    if emulator and parts.hostname in _LOOPBACK:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and parts.hostname.endswith(_VENDOR)
