"""The web part in a thread, both emulators sending their own webhooks to it, and the engine that serves the hints."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from core.clock import Clock, system_clock
from scoring.model import DEFAULT_MODEL, load_model
from shortlist.server import bind, web_app
from shortlist.wiring import hooks_of, open_app
from store.database import Database
from store.inbox_writer import InboxWriter
from sync.engine import Engine
from sync.hinted import run_hints
from sync.install import install
from sync.progress import Quiet
from sync.report import Report
from sync.runs import run_sync
from sync.wanted import lists_of
from tests.e2e.crms import SECRETS, Crms, started
from webhooks.hints import Hooks

PUBLIC_URL = "https://abm.example.com"
HUBSPOT_SECRET, SALESFORCE_SECRET = "hubspot-app-secret-81", "an-address-that-nobody-guesses"
HUBSPOT_HOOK = "/hooks/hubspot/hubspot"
SALESFORCE_HOOK = f"/hooks/salesforce/salesforce/{SALESFORCE_SECRET}"
TIMEOUT = 30
SUBSCRIPTIONS = (
    *(
        {"type": f"{name}.{kind}"}
        for name in ("company", "contact")
        for kind in ("creation", "deletion", "merge")
    ),
    {"type": "contact.privacyDeletion"},
    {"type": "company.propertyChange", "property": "name"},
    {"type": "company.propertyChange", "property": "numberofemployees"},
    {"type": "company.propertyChange", "property": "abm_tier"},
    {"type": "company.propertyChange", "property": "abm_tier_override"},
    {"type": "company.propertyChange", "property": "abm_fit_score"},
    {"type": "contact.propertyChange", "property": "jobtitle"},
    {"type": "object.creation", "objectTypeId": "0-47"},
)
_CONFIG = """
[store]
url = "{store}"

[serve]
public_url = "{public_url}"

{extra}

[connections.salesforce]
crm = "salesforce"
instance_url = "{crms.salesforce_url}"
client_id = "env:CLIENT_ID"
client_secret = "env:CLIENT_SECRET"
webhook_secret = "env:HOOK_SECRET"
emulator = true

[connections.hubspot]
crm = "hubspot"
base_url = "{crms.hubspot_url}"
token = "env:TOKEN"
client_secret = "env:APP_SECRET"
hints = "webhooks"
emulator = true
"""


@dataclass
class Service:
    """Everything that runs; the CRMs' webhooks wait until `deliver`, hints until `drain`."""

    crms: Crms
    engine: Engine
    hooks: Hooks
    inbox: InboxWriter
    url: str

    @property
    def database(self) -> Database:
        return self.engine.database

    def control(self, crm: str, route: str, body: Any) -> Any:
        """One call of an emulator's control routes."""
        base = self.crms.hubspot_url if crm == "hubspot" else self.crms.salesforce_url
        answer = requests.post(f"{base}/_emulator/{route}", json=body, timeout=TIMEOUT)
        assert answer.ok, answer.text
        return answer.json()

    def edit_company(self, company_id: str, **properties: Any) -> None:
        """A person edits a company in HubSpot."""
        self.control("hubspot", "edit", {"object": "companies", "id": company_id, "properties": properties})

    def edit_account(self, account_id: str, **fields: Any) -> None:
        """Another tool edits an account in Salesforce."""
        self.salesforce("PATCH", f"sobjects/Account/{account_id}", fields)

    def salesforce(self, method: str, path: str, body: Any) -> None:
        """One call of Salesforce's API with a session of somebody else."""
        form = {"grant_type": "client_credentials", "client_id": SECRETS["CLIENT_ID"]}
        form["client_secret"] = SECRETS["CLIENT_SECRET"]
        base = self.crms.salesforce_url
        token = requests.post(f"{base}/services/oauth2/token", form, timeout=TIMEOUT).json()["access_token"]
        answer = requests.request(
            method,
            f"{base}/services/data/v66.0/{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
        )
        assert answer.ok, answer.text

    def deliver(self) -> tuple[list[int], dict[str, int]]:
        """Both CRMs send what is due: HubSpot's statuses, Salesforce's counts."""
        sent = self.control("hubspot", "webhooks/deliver", {})["deliveries"]
        return [one["status"] for one in sent], self.control("salesforce", "outbound/deliver", {})

    def drain(self) -> Report:
        """Serve the hints that are due."""
        return run_hints(self.engine)

    def company(self, company_id: str) -> dict[str, Any]:
        """What a company says in HubSpot."""
        rows = self.crms.hubspot.backend.state("companies")
        return dict(next(row["properties"] for row in rows if row["id"] == company_id))

    def account(self, account_id: str) -> dict[str, Any]:
        """What an account says in Salesforce."""
        return dict(next(r for r in self.crms.salesforce.backend.state("Account") if r["Id"] == account_id))

    def companies(self) -> list[str]:
        """The ids of the companies, in order."""
        return sorted((row["id"] for row in self.crms.hubspot.backend.state("companies")), key=int)

    def twins(self) -> list[str]:
        """The ids of the companies that are in Salesforce too, in order."""
        return [one for one in self.companies() if self._twin(one)]

    def twin(self, company_id: str) -> str:
        """The Salesforce account of a company that is in both CRMs."""
        found = self._twin(company_id)
        assert found is not None
        return found

    def _twin(self, company_id: str) -> str | None:
        numbers = {one.name: one.id for one in self.engine.connections}
        with self.database.read() as reader:
            found = reader.exec_driver_sql(
                "SELECT other.remote_id FROM link JOIN link AS other ON other.account_id = link.account_id "
                "WHERE link.connection_id = ? AND link.remote_id = ? AND other.connection_id = ?",
                (numbers["hubspot"], company_id, numbers["salesforce"]),
            ).scalar()
        return None if found is None else str(found)

    def accounts(self) -> list[str]:
        """The ids of the accounts, in order."""
        return sorted(row["Id"] for row in self.crms.salesforce.backend.state("Account"))


def subscribe(service: Service) -> None:
    """Both CRMs tell of changes from now on."""
    service.control(
        "hubspot",
        "webhooks",
        {
            "target_url": f"{service.url}{HUBSPOT_HOOK}",
            "signed_url": f"{PUBLIC_URL}{HUBSPOT_HOOK}",
            "subscriptions": list(SUBSCRIPTIONS),
        },
    )
    service.control("hubspot", "settings", {"client_secret": HUBSPOT_SECRET})
    endpoint = f"{service.url}{SALESFORCE_HOOK}"
    wanted = [{"object": name, "fields": ["Name"], "endpoint": endpoint} for name in ("Account", "Contact")]
    wanted.append({"object": "Task", "fields": [], "endpoint": endpoint})
    service.control("salesforce", "outbound", {"subscriptions": wanted})


@contextmanager
def served(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    accounts: int = 12,
    store: str | None = None,
    extra: str = "",
    clock: Clock = system_clock,
) -> Iterator[Service]:
    """Both CRMs with demo data, installed, synced once, and telling of changes."""
    for name, value in {**SECRETS, "HOOK_SECRET": SALESFORCE_SECRET, "APP_SECRET": HUBSPOT_SECRET}.items():
        monkeypatch.setenv(name, value)
    with started(folder, accounts=accounts) as crms:
        url = store or f"sqlite:///{folder}/shortlist.sqlite"
        crms.config.write_text(
            _CONFIG.format(crms=crms, store=url, public_url=PUBLIC_URL, extra=extra), encoding="utf-8"
        )
        with open_app(crms.config) as app:
            model, text = load_model(DEFAULT_MODEL), DEFAULT_MODEL.read_text(encoding="utf-8")
            engine = Engine(app.database, app.connections, app.config, model, text, Quiet(), clock)
            for connected in app.connections:
                install(app.database, connected, lists_of(model))
            run_sync(engine)
            with answering(crms, engine) as service:
                subscribe(service)
                yield service


@contextmanager
def answering(crms: Crms, engine: Engine) -> Iterator[Service]:
    """The web part over the engine's database."""
    inbox = InboxWriter(engine.database)
    hooks = hooks_of(engine.config, engine.database, inbox)
    assert hooks is not None
    server = bind(web_app(engine.database, None, system_clock, hooks), 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    inbox.start()
    try:
        yield Service(crms, engine, hooks, inbox, f"http://127.0.0.1:{server.port}")
    finally:
        server.stop()
        thread.join(15)
        inbox.stop()


def now() -> datetime:
    """The present: webhooks carry times that must be of today."""
    return datetime.now(UTC)
