"""What can be set from outside (`/_emulator/settings`) about an emulated organisation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from emulators.salesforce.bulk_settings import BulkSettings
from emulators.salesforce.ids import long_id
from emulators.salesforce.oauth_jwt import public_key

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_DAILY_LIMIT = 100_000
LOCATOR_LIFE_SECONDS = 2 * 24 * 3600
_CHOICES = {
    "host_kind": ("my_domain", "login"),
    "outbound_order": ("written", "reversed", "shuffled"),
}


@dataclass
class Settings:
    """The settings, each with the value of a well-meaning organisation.

    `session_seconds` None means tokens never expire. `api_used` is what others spent of the daily limit.
    `page_sizes` are cycled page by page; empty means what the client asks for. `deny` holds object
    permissions that users lack (`Campaign.create`, `Account.view_all`); `deny_fields` maps `Account.Website` to
    `read` (hidden) or `edit` (read-only). `users` says the same about single users, by Username or Id:
    `{"deny": [], "deny_fields": {}, "minimum_access": true}`, where minimum access leaves only what permission
    sets give. `view_setup` is whether users have View Setup and Configuration. `deploy_polls` is how often a deploy
    is looked at before it is done.

    `query_timeout_rows` and `query_timeout_days` make queries fail that touch more records, or a longer span of
    SystemModstamp; `who_what_limit` those of activities with more people. `email_messages` is whether the object
    EmailMessage exists. `bin_days` is the life of deleted records, `archive_days` the age at which
    activities are archived (None: never), `delete_log_days` how far back the feed of deleted ids reaches,
    `replication_ids` the most ids a feed returns. `url_limit` is in bytes.
    `gzip` is whether answers are packed for clients that ask for it. `bulk` has settings of its own.

    Signing in: `certificate` (PEM) is what assertions are checked with; `instance_url` is what a token reply
    says, empty for the truth; `host_kind` "login" makes this host a login host instead of a My Domain.
    Limits: `record_counts` is what limits/recordCount says of objects, by name, that it counted some time ago;
    of all others it says the truth. `limit_info_lag` is by how many calls the usage header is behind at most;
    `long_calls` is how many calls of 20 seconds and more others have open.
    """

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"  # noqa: S105 - the emulator's published default, guards nothing
    org_id: str = long_id("00DEm0000000001")
    is_sandbox: bool = True
    session_seconds: float | None = None
    daily_limit: int = DEFAULT_DAILY_LIMIT
    api_used: int = 0
    page_sizes: list[int] = field(default_factory=list)
    locator_seconds: float = LOCATOR_LIFE_SECONDS
    accounts_as_campaign_members: bool = True
    deny: list[str] = field(default_factory=list)
    deny_fields: dict[str, str] = field(default_factory=dict)
    deny_metadata: bool = False
    view_setup: bool = True
    deploy_polls: int = 2
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    query_timeout_rows: int | None = None
    query_timeout_days: float | None = None
    who_what_limit: int | None = None
    email_messages: bool = True
    bin_days: float = 15
    archive_days: int | None = 365
    delete_log_days: float = 15
    replication_ids: int = 600_000
    url_limit: int = 16_384
    gzip: bool = True
    bulk: BulkSettings = field(default_factory=BulkSettings)
    # Signing in.
    certificate: str = ""
    password: str = "demo-password"  # noqa: S105 - as above
    security_token: str = ""
    scopes: str = "api refresh_token"
    redirect_uris: list[str] = field(default_factory=list)
    require_secret: bool = True
    require_pkce: bool = False
    deny_consent: bool = False
    rotate_refresh_tokens: bool = False
    unapproved_users: list[str] = field(default_factory=list)
    logins_per_hour: int | None = None
    host_kind: str = "my_domain"
    instance_url: str = ""
    org_active: bool = True
    app_installed: bool = True
    soap_login: bool = True
    # Limits and versions.
    record_counts: dict[str, int] = field(default_factory=dict)
    limit_info_lag: int = 0
    app_name: str = ""
    app_daily_limit: int = 0
    long_calls: int = 0
    long_call_limit: int = 25
    maintenance: bool = False
    first_version: int = 31
    # Outbound messages.
    outbound_delay_seconds: float = 0.0
    outbound_repeats: int = 0
    outbound_order: str = "written"

    def __post_init__(self) -> None:
        self.version = 0

    def change(self, changes: Mapping[str, Any]) -> None:
        """Apply changes. KeyError for an unknown name, ValueError for a bad value; nothing is applied then."""
        names = {item.name for item in fields(self)}
        unknown = sorted(set(changes) - names)
        if unknown:
            raise KeyError(f"unknown settings: {', '.join(unknown)}")
        self.bulk.change(changes.get("bulk", {}))
        for name, choices in _CHOICES.items():
            if changes.get(name, choices[0]) not in choices:
                raise ValueError(f"{name} is one of {', '.join(choices)}, not {changes[name]}")
        if changes.get("certificate"):
            public_key(changes["certificate"])
        self.version += 1
        for name, value in changes.items():
            if name == "bulk":
                continue
            setattr(self, name, long_id(value) if name == "org_id" else value)

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON."""
        return asdict(self)
