"""What an emulated portal can be told to do: sizes of limits, lateness, shuffling, tokens."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

DEFAULT_TOKEN = "demo-token"  # noqa: S105 - the published token of a local emulator
ALL_SCOPES = "*"


@dataclass
class Settings:
    """The settings of one portal; a limit of None is off.

    `tokens` maps each accepted bearer token to its scopes, `["*"]` meaning every scope; `token_apps` maps a token to
    the app it belongs to when that is not `app_id`. `consent` is what a person answers who is asked to let the app
    in; `ungranted_scopes` are those the account cannot give.
    """

    portal_id: int = 8_800_002
    app_id: int = 4_100_001
    time_zone: str = "US/Eastern"
    tokens: dict[str, list[str]] = field(default_factory=lambda: {DEFAULT_TOKEN: [ALL_SCOPES]})
    token_apps: dict[str, int] = field(default_factory=dict)
    client_id: str = "demo-client"
    client_secret: str = "demo-secret"  # noqa: S105 - published, like the token
    redirect_uris: list[str] = field(default_factory=list)
    consent: str = "allow"
    ungranted_scopes: list[str] = field(default_factory=list)
    token_seconds: float = 1800.0
    burst_limit: int | None = 190
    oauth_burst_limit: int | None = 110
    burst_seconds: float = 10.0
    daily_limit: int | None = 650_000
    secondly_limit: int | None = None
    search_per_second: int | None = 5
    lock_after_writes: int | None = None
    max_url: int = 8_192
    gzip: bool = True
    custom_property_limit: int | None = 1_000
    migration_retry_after: int | None = None
    tier: str = "professional"
    rules_everywhere: bool = False
    export_seconds: float = 0.0
    webhook_delay_seconds: float = 0.0
    webhook_late_share: float = 0.0
    webhook_late_seconds: float = 0.0
    webhook_repeat_share: float = 0.0
    webhook_shuffle: bool = False
    webhook_timeout_seconds: float = 10.0
    webhook_concurrency: int = 10
    webhook_signature_version: str = "v1"
    index_lag_seconds: float = 0.0
    search_rows_are_live: bool = False
    second_write_seconds: float = 0.0
    bin_days: int = 90
    shuffle: bool = True
    seed: int = 1
    merge_creates_record: bool = False
    companies_from_contacts: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON."""
        return asdict(self)

    def change(self, changes: dict[str, Any]) -> None:
        """Set some settings. KeyError: no such name; TypeError: the value has another type."""
        for name, value in changes.items():
            check_type(name, value)
        for name, value in changes.items():
            setattr(self, name, float(value) if name.endswith(("_seconds", "_share")) else value)


_ACCEPTED: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "float": (int, float),
    "int | None": (int, type(None)),
    "dict[str, list[str]]": (dict,),
    "dict[str, int]": (dict,),
    "list[str]": (list,),
}
_TYPES = {item.name: _ACCEPTED[str(item.type)] for item in fields(Settings)}


def check_type(name: str, value: Any) -> None:
    """Raise KeyError for an unknown setting and TypeError for a value of another type."""
    if name not in _TYPES:
        raise KeyError(f"no setting named {name}")
    accepted = _TYPES[name]
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        raise TypeError(f"{name} cannot be {value!r}")
