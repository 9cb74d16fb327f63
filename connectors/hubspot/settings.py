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


class HubspotSettings(Section):
    """One [connections.NAME] section with crm = "hubspot".

    fields: name of a fit rule's input -> company property it is read from.
    burst_limit: calls in 10 seconds while HubSpot's own headers do not say; twin_id_property: the company
    property that holds the same company's id in the other CRM, where a native sync keeps one.
    """

    crm: Literal["hubspot"]
    token: Secret
    base_url: str = "https://api.hubapi.com"
    emulator: bool = False
    burst_limit: int | None = Field(default=None, ge=1)
    search_per_second: int = Field(default=4, ge=1)
    fields: dict[str, str] = Field(default_factory=lambda: dict(_FIELDS))
    twin_id_property: str | None = None
    buying_role_property: str = "hs_buying_role"

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
