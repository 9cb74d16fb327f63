"""The settings of a HubSpot connection."""

from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from connectors.addresses import is_bare, is_https_below, is_loopback, parts_of
from connectors.sign_in import usable_redirect
from core.secret_refs import Secret
from core.section import Section

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


class _Uses(NamedTuple):
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


_OF_AUTH = {"token": _Uses(("token",)), "oauth": _Uses(("client_id", "client_secret"), ("redirect_url",))}
_OF_HINTS = {
    "none": _Uses(()),
    "webhooks": _Uses(("client_secret",), ("client_secret_before",)),
    "journal": _Uses(("client_id", "client_secret")),
}
"""Which credentials each choice uses."""


class HubspotSettings(Section):
    """One [connections.NAME] section with crm = "hubspot".

    auth: with a service key or static token (token), or as an app that a person connected (oauth).
    hints: whether the app tells of changes, by webhooks to our address or by the journal, which we read.
    client_secret_before: the one before it, for a day after a rotation; app_id: whose writes are our own.
    signatures: versions of webhook signatures that are taken; only the third one cannot be replayed.
    ca_file: a file of certificates (PEM), the authorities that count here in place of the usual ones.
    fields: name of a fit rule's input -> company property it is read from.
    burst_limit: calls in 10 seconds while HubSpot's own headers do not say; daily_reserve_percent: share of the
    day's calls that is left to other tools; second_look_minutes: after so long what was modified is read once more
    (0: never); write_target_account, write_icp_tier: whether HubSpot's own properties follow the tier;
    export_above: first loads of more records come as one file; twin_id_property: the company
    property that holds the same company's id in the other CRM, where a native sync keeps one.
    deal_roles: the buying role behind a label of deals' contacts, on top of the defaults; other labels say
    nothing of a role. web_events: "auto" reads them where the account has them, and then not the counters of
    page views and forms.
    """

    crm: Literal["hubspot"]
    auth: Literal["token", "oauth"] = "token"
    token: Secret | None = None
    client_id: Secret | None = None
    client_secret: Secret | None = None
    client_secret_before: Secret | None = None
    app_id: int | None = None
    hints: Literal["none", "webhooks", "journal"] = "none"
    signatures: tuple[Literal["v1", "v2", "v3"], ...] = Field(default=("v3",), min_length=1)
    redirect_url: Annotated[str, AfterValidator(usable_redirect)] | None = None
    base_url: str = "https://api.hubapi.com"
    ca_file: str | None = None
    emulator: bool = False
    burst_limit: int | None = Field(default=None, ge=1)
    search_per_second: int = Field(default=4, ge=1)
    write_target_account: bool = False
    write_icp_tier: bool = False
    second_look_minutes: int = Field(default=60, ge=0)
    export_above: int | None = Field(default=None, ge=1)
    daily_reserve_percent: int = Field(default=50, ge=0, le=99)
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
        if not _is_allowed(self.base_url, emulator=self.emulator):
            raise ValueError(
                f"base_url must be https on {_VENDOR_DOMAIN} (or http on this machine with emulator = true)"
            )
        return self

    @model_validator(mode="after")
    def _auth_is_whole(self) -> Self:
        of_auth, of_hints = _OF_AUTH[self.auth], _OF_HINTS[self.hints]
        names = ("token", "client_id", "client_secret", "client_secret_before", "redirect_url")
        missing = [name for name in of_auth.needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f'auth = "{self.auth}" needs {", ".join(missing)}')
        missing = [name for name in of_hints.needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f'hints = "{self.hints}" needs {", ".join(missing)}')
        used = {*of_auth.needed, *of_auth.optional, *of_hints.needed, *of_hints.optional}
        surplus = [name for name in names if getattr(self, name) is not None and name not in used]
        if surplus:
            raise ValueError(
                f'auth = "{self.auth}" does not use {", ".join(surplus)}; remove it or change auth'
            )
        return self

    @property
    def base(self) -> str:
        """base_url without a slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def app_url(self) -> str:
        """Where a person signs in."""
        return self.base if self.emulator else "https://app.hubspot.com"

    @property
    def host(self) -> str:
        """The host as it is named in messages."""
        return urlsplit(self.base_url).netloc


def _is_allowed(url: str, *, emulator: bool) -> bool:
    """Whether a token may be sent there: HubSpot over https, or this machine for an emulator."""
    parts = parts_of(url)
    if parts is None or not is_bare(parts):
        return False
    if emulator and is_loopback(parts):
        return parts.scheme in ("http", "https")
    return is_https_below(parts, (_VENDOR_DOMAIN,))
