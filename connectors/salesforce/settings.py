"""The settings of a Salesforce connection."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from connectors.salesforce.hosts import LOGIN_URL, host_allowed
from connectors.sign_in import usable_redirect
from core.secret_refs import Secret
from core.section import Section

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


Auth = Literal["client_credentials", "jwt", "refresh_token"]
_NEEDS: dict[Auth, tuple[str, ...]] = {
    "client_credentials": ("client_secret",),
    "jwt": ("private_key", "username"),
    "refresh_token": (),
}
_MAY_HAVE: dict[Auth, tuple[str, ...]] = {
    "client_credentials": (),
    "jwt": ("audience",),
    "refresh_token": ("client_secret", "redirect_url"),
}


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
    """One Salesforce org, reached through an external client app.

    auth: as the app's run-as user (client_credentials); as `username` with an assertion signed by private_key
    (jwt); as whoever signed in with `shortlist connect` (refresh_token).
    """

    crm: Literal["salesforce"]
    instance_url: str
    """The org's My Domain: https://COMPANY.my.salesforce.com."""
    auth: Auth = "client_credentials"
    client_id: Secret
    client_secret: Secret | None = None
    private_key: Secret | None = None
    """An RSA key in PEM form."""
    username: str | None = None
    audience: str | None = None
    """What a JWT names as its audience; by default login.salesforce.com, or test.salesforce.com."""
    redirect_url: Annotated[str, AfterValidator(usable_redirect)] | None = None
    """The app's callback URL; by default connectors.sign_in.REDIRECT_URL."""
    webhook_secret: Secret | None = None
    """The unguessable end of the address that outbound messages are sent to."""
    api_version: str = Field(default="66.0", pattern=r"^\d{2,3}\.0$")
    ca_file: str | None = None
    """A file of certificates (PEM): the authorities that count here in place of the usual ones."""
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
    api_reserve_percent: float = Field(default=20.0, ge=0, le=100)
    """The share of the org's daily API calls that is left to other tools."""
    bulk_read_from: int = Field(default=50_000, ge=0)
    """Rows of a window from which on it is read by the Bulk API; 0 is never."""
    bulk_write_from: int = Field(default=5_000, ge=0)
    """Records of one kind from which on they are written by the Bulk API; 0 is never."""
    bulk_deadline_minutes: float = Field(default=60.0, gt=0)
    """How long a bulk job may take before it is aborted and its work goes by REST."""
    parallel_cursors: int = Field(default=18, ge=1, le=20)
    """The most cursors that share a window of more than ten pages; each has about three of them or more."""
    reread_formulas_days: float = Field(default=7.0, gt=0)
    """How often an object is read in full where one of its mapped fields is a formula or a roll-up."""
    compare_ids_days: float = Field(default=1.0, gt=0)
    """How often ids are compared for objects whose deletions leave no trace."""

    @model_validator(mode="after")
    def _host_is_allowed(self) -> Self:
        if not host_allowed(self.instance_url, emulator=self.emulator):
            raise ValueError(
                "instance_url must be the org's My Domain over https "
                "(https://COMPANY.my.salesforce.com, no path); emulator = true allows http on this machine"
            )
        if self.audience and not host_allowed(self.audience, emulator=self.emulator):
            raise ValueError(f"audience must be a log-in host of Salesforce over https, such as {LOGIN_URL}")
        return self

    @model_validator(mode="after")
    def _auth_is_whole(self) -> Self:
        needed, allowed = _NEEDS[self.auth], (*_NEEDS[self.auth], *_MAY_HAVE[self.auth])
        every = sorted({name for names in (*_NEEDS.values(), *_MAY_HAVE.values()) for name in names})
        missing = [name for name in needed if not getattr(self, name)]
        surplus = [name for name in every if name not in allowed and getattr(self, name) is not None]
        if missing:
            raise ValueError(f'auth = "{self.auth}" needs {", ".join(missing)}')
        if surplus:
            raise ValueError(
                f'auth = "{self.auth}" does not use {", ".join(surplus)}; remove it or change auth'
            )
        return self

    @property
    def base(self) -> str:
        """instance_url without a slash at its end."""
        return self.instance_url.rstrip("/")
