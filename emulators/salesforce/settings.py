"""What can be set from outside (`/_emulator/settings`) about an emulated organisation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from emulators.salesforce.bulk_settings import BulkSettings
from emulators.salesforce.ids import long_id

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_DAILY_LIMIT = 100_000
LOCATOR_LIFE_SECONDS = 2 * 24 * 3600


@dataclass
class Settings:
    """The settings, each with the value of a well-meaning organisation.

    `session_seconds` None means tokens never expire. `api_used` is what others spent of the daily limit.
    `page_sizes` are cycled page by page; empty means what the client asks for. `deny` holds object
    permissions that users lack (`Campaign.create`, `Account.view_all`); `deny_fields` maps `Account.Website` to
    `read` (hidden) or `edit` (read-only). `users` says the same about single users, by Username or Id:
    `{"deny": [], "deny_fields": {}, "minimum_access": true}`, where minimum access leaves only what permission
    sets give. `deploy_polls` is how often a deploy is looked at before it is done.

    `query_timeout_rows` and `query_timeout_days` make queries fail that touch more records, or a longer span of
    SystemModstamp; `who_what_limit` those of activities with more people. `email_messages` is whether the object
    EmailMessage exists. `bin_days` is the life of deleted records, `delete_log_days` how far back the feed of
    deleted ids reaches, `replication_ids` the most ids a feed returns. `url_limit` is in bytes.
    `bulk` has settings of its own.
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
    deploy_polls: int = 2
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    query_timeout_rows: int | None = None
    query_timeout_days: float | None = None
    who_what_limit: int | None = None
    email_messages: bool = True
    bin_days: float = 15
    delete_log_days: float = 15
    replication_ids: int = 600_000
    url_limit: int = 16_384
    bulk: BulkSettings = field(default_factory=BulkSettings)

    def __post_init__(self) -> None:
        self.version = 0

    def change(self, changes: Mapping[str, Any]) -> None:
        """Apply changes. Raises KeyError for an unknown name; nothing is applied then."""
        names = {item.name for item in fields(self)}
        unknown = sorted(set(changes) - names)
        if unknown:
            raise KeyError(f"unknown settings: {', '.join(unknown)}")
        self.bulk.change(changes.get("bulk", {}))
        self.version += 1
        for name, value in changes.items():
            if name == "bulk":
                continue
            setattr(self, name, long_id(value) if name == "org_id" else value)

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON."""
        return asdict(self)
