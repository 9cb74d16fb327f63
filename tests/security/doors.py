"""The web part with a hook for each CRM over an empty store, and deliveries made from the vendors' words alone."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import requests

from connectors import registry
from core.config import parse_config
from shortlist.server import bind, web_app
from shortlist.wiring import hooks_of
from store.connections import claim_org, connection_id
from store.database import Database
from store.inbox import waiting
from store.inbox_writer import InboxWriter
from tests.hubspot_deliveries import APP, PORTAL, signature_headers
from webhooks.hints import Hooks

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PUBLIC_URL = "https://abm.example.com/shortlist"
ORG = "00D7F000007ydJmUAI"
SECRET, ADDRESS_SECRET = "canary-client-secret-of-the-app", "canary-address-that-nobody-guesses"
HUBSPOT, SALESFORCE = "/hooks/hubspot/portal", f"/hooks/salesforce/org/{ADDRESS_SECRET}"
_CONFIG = """
[serve]
public_url = "{url}"

[connections.org]
crm = "salesforce"
instance_url = "https://acme.my.salesforce.com"
client_id = "env:SF_ID"
client_secret = "env:SF_SECRET"
webhook_secret = "env:HOOK"

[connections.portal]
crm = "hubspot"
token = "env:TOKEN"
client_secret = "env:APP"
hints = "webhooks"
app_id = {app}

[connections.quiet]
crm = "hubspot"
token = "env:TOKEN"
"""
_ENVIRONMENT = {"SF_ID": "id", "SF_SECRET": "s", "HOOK": ADDRESS_SECRET, "TOKEN": "t", "APP": SECRET}


@dataclass
class Doors:
    """The running web part; its clock stands at `now` until a test moves it."""

    database: Database
    hooks: Hooks
    inbox: InboxWriter
    url: str
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None, **more: Any
    ) -> requests.Response:
        """One request, without what `requests` would add to it."""
        answer = requests.post(
            f"{self.url}{path}", data=body, headers=dict(headers or {}), timeout=30, **more
        )
        assert answer.status_code != 500, path
        return answer

    def hubspot(self, *events: Mapping[str, Any], **more: Any) -> requests.Response:
        """A delivery as HubSpot makes it."""
        body = orjson.dumps(events)
        return self.post(HUBSPOT, body, signed(body, **more))

    def salesforce(self, *notifications: str, path: str = SALESFORCE, **more: Any) -> requests.Response:
        """A message as Salesforce makes it."""
        return self.post(path, message(*notifications, **more), {"Content-Type": "text/xml; charset=utf-8"})

    def rows(self) -> int:
        """How many records wait."""
        return sum(count for count, _ in waiting(self.database).values())


@contextmanager
def doors(database: Database, monkeypatch: pytest.MonkeyPatch, *, start: bool = True) -> Iterator[Doors]:
    """Both hooks, over connections whose orgs are known."""
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    text = _CONFIG.format(url=PUBLIC_URL, app=APP)
    config = parse_config(text, "config.toml", registry.settings_models())
    for name, crm, org in (
        ("org", "salesforce", ORG),
        ("portal", "hubspot", PORTAL),
        ("quiet", "hubspot", "77"),
    ):
        claim_org(database, connection_id(database, name, crm), org)
    inbox = InboxWriter(database)
    found = hooks_of(config, database, inbox)
    assert found is not None
    made = Doors(database, found, inbox, "")
    hooks = Hooks(found.public_url, found.hooks, inbox, lambda: made.clock[0])
    server = bind(web_app(database, None, lambda: made.clock[0], hooks), 0)
    made.hooks, made.url = hooks, f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.run)
    thread.start()
    if start:
        inbox.start()
    try:
        yield made
    finally:
        server.stop()
        thread.join(15)
        inbox.stop()


def signed(
    body: bytes, *, secret: str = SECRET, url: str = f"{PUBLIC_URL}{HUBSPOT}", at: datetime = NOW
) -> dict[str, str]:
    """The headers of a delivery."""
    return {**signature_headers(body, secret, url, at), "Content-Type": "application/json"}


def notification(number: int = 1, object_name: str = "Account", record: str = "0017F000007ydJmQAI") -> str:
    """One notification of an outbound message."""
    return (
        f"<Notification><Id>04l7F00000{number:05d}QAI</Id>"
        f'<sObject xsi:type="sf:{object_name}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"<sf:Id>{record}</sf:Id><sf:Name>canary-name-of-a-person</sf:Name></sObject></Notification>"
    )


def message(
    *notifications: str, org: str = ORG, head: str = "", urls: str = "https://evil.example.com/"
) -> bytes:
    """An outbound message."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{org}</OrganizationId><ActionId>04k7F0000008V3hQAE</ActionId>"
        f"<SessionId>canary-session-id</SessionId><EnterpriseUrl>{urls}</EnterpriseUrl>"
        f"<PartnerUrl>{urls}</PartnerUrl>{''.join(notifications)}"
        "</notifications></soapenv:Body></soapenv:Envelope>"
    ).encode()
