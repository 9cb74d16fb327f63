"""A signed-in connection to an emulated CRM, its vault in a real database, and processes that share it."""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import requests

from connectors import registry
from connectors.contract import Connector
from connectors.sign_in import SignIn, attempt
from connectors.transport import Timing
from core.grants import Grant, Held, Lease, Vault
from core.records import Kind, RecordRef
from core.secret_refs import SecretRef
from core.secrets import SecretText
from core.section import Section
from emulators import hubspot, salesforce
from emulators.common.server import start
from store.connections import connection_id
from store.database import Database, open_database
from store.sealing import Seals, new_key, seals
from store.vault import StoredVault
from tests.contract.harness import PatientTiming

NAME = "the_crm"
CLIENT_SECRET = "canary-client-secret-5b1c"
BEGINNING = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
TOKEN_PATHS = {"salesforce": "/services/oauth2/token", "hubspot": "/oauth/v3/token"}
RECORDS = {"salesforce": "001000000000001AAA", "hubspot": "1"}

KillPoint = Literal["never", "before the exchange", "before the new token is kept"]


@dataclass
class Ticking:
    """A clock that only a test moves."""

    now: datetime = BEGINNING

    def __call__(self) -> datetime:
        return self.now

    def advance(self, span: timedelta) -> None:
        self.now += span


@dataclass(frozen=True)
class Dying:
    """The vault of a process that is killed at a point of the next renewal."""

    vault: Vault
    point: KillPoint

    @property
    def connection(self) -> str:
        return self.vault.connection

    def read(self) -> Held:
        return self.vault.read()

    def claim(self, held: Held) -> Lease | None:
        lease = self.vault.claim(held)
        if self.point == "before the exchange":
            os.kill(os.getpid(), signal.SIGKILL)
        return lease

    def keep(self, lease: Lease, granted: Grant) -> Held:
        if self.point == "before the new token is kept":
            os.kill(os.getpid(), signal.SIGKILL)
        return self.vault.keep(lease, granted)

    def release(self, lease: Lease, *, is_answered: bool) -> None:
        self.vault.release(lease, is_answered=is_answered)

    def stop(self, lease: Lease, reason: str) -> None:
        self.vault.stop(lease, reason)


@dataclass(frozen=True)
class Place:
    """What a process must know to use the connection."""

    crm: str
    url: str
    database_url: str
    key: str

    def settings(self, **more: object) -> Section:
        own: dict[str, object] = (
            {"auth": "refresh_token", "instance_url": self.url}
            if self.crm == "salesforce"
            else {"auth": "oauth", "base_url": self.url}
        )
        ours = {"crm": self.crm, "client_id": "env:ID", "client_secret": "env:SECRET", "emulator": True}
        return registry.crm(self.crm).settings.model_validate({**own, **ours, **more})

    def seals(self) -> Seals:
        made = seals([SecretText(self.key)])
        assert made is not None
        return made

    def vault(self, database: Database, clock: Ticking, name: str = NAME) -> StoredVault:
        return StoredVault(database, connection_id(database, name, self.crm), name, self.seals(), clock)

    def connector(self, vault: Vault, timing: Timing, **more: object) -> Connector:
        return registry.crm(self.crm).build(self.settings(**more), reveal, timing, vault)

    def sign_in(self, timing: Timing, **more: object) -> SignIn:
        found = registry.crm(self.crm).sign_in(self.settings(**more), reveal, timing)
        assert found is not None
        return found


def patient(clock: Ticking) -> Timing:
    """Pauses that take no time, and a clock of the test's."""
    return replace(PatientTiming().timing(), now=clock)


def reveal(reference: SecretRef) -> SecretText:
    return SecretText({"ID": "demo-client", "SECRET": CLIENT_SECRET}[reference.name])


@dataclass
class Stage:
    """One emulated CRM, and a connection to it that a person has signed in to."""

    app: Any
    place: Place
    database: Database
    clock: Ticking = field(default_factory=Ticking)

    @property
    def vault(self) -> StoredVault:
        return self.place.vault(self.database, self.clock)

    def connect(self, **more: object) -> Grant:
        """Sign in as a person would, and store what is granted; `more` are settings of the connection."""
        grant = granted(self.place.sign_in(patient(self.clock), **more))
        self.vault.store(grant)
        return grant

    def connector(self, vault: Vault | None = None, **more: object) -> Connector:
        return self.place.connector(vault or self.vault, patient(self.clock), **more)

    def expire(self) -> None:
        """End every access token."""
        if self.place.crm == "salesforce":
            self.app.backend.sessions.expire_all()
        else:
            self.control("oauth", {"expire_tokens": True})

    def revoke_app(self) -> None:
        """What an admin does who wants no more of the app: all tokens end."""
        if self.place.crm == "salesforce":
            self.app.backend.grants.close_all()
            self.app.backend.sessions.expire_all()
        else:
            self.control("oauth", {"uninstall": True})

    def control(self, route: str, body: object) -> Any:
        answer = requests.post(f"{self.place.url}/_emulator/{route}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def token_calls(self) -> int:
        """Requests to the token endpoint so far."""
        path = TOKEN_PATHS[self.place.crm]
        entries = requests.get(f"{self.place.url}/_emulator/requests", timeout=30).json()["requests"]
        return sum(entry["path"] == path for entry in entries)

    def requests(self) -> int:
        total: int = requests.get(f"{self.place.url}/_emulator/requests/summary", timeout=30).json()["total"]
        return total


def granted(sign_in: SignIn) -> Grant:
    """Follow a sign-in with a browser that stops before the last page."""
    trial = attempt(sign_in.redirect_url)
    answer = requests.get(trial.page(sign_in), allow_redirects=False, timeout=30)
    assert answer.status_code == 302, answer.text
    return sign_in.granted(trial.code_in(answer.headers["Location"]), trial.verifier)


def use(connector: Connector) -> None:
    """Call the CRM for something."""
    list(connector.fetch([RecordRef(Kind.ACCOUNT, RECORDS[connector.crm])]))


@contextmanager
def staged(folder: Path, crm: str, database_url: str | None = None, **settings: object) -> Iterator[Stage]:
    """An emulator of that CRM, and a database (in a file of the folder); `settings` are the emulator's own."""
    app: Any = salesforce.create_app() if crm == "salesforce" else hubspot.create_app()
    app.backend.change_settings({"client_secret": CLIENT_SECRET, **settings})
    running = start(app)
    place = Place(crm, running.url, database_url or f"sqlite:///{folder}/vault.sqlite", new_key())
    database = open_database(place.database_url)
    try:
        yield Stage(app, place, database)
    finally:
        database.close()
        running.stop()


def other_processes(place: Place, count: int, point: KillPoint = "never") -> list[str]:
    """Use the connection from so many processes at the same moment; what became of each.

    "done", the name of an error with its text, or "killed".
    """
    context = multiprocessing.get_context("spawn")
    barrier, told = context.Barrier(count), context.Queue()
    processes = [context.Process(target=_work, args=(place, point, barrier, told)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    codes: Sequence[int | None] = [process.exitcode for process in processes]
    return ["killed" if code == -signal.SIGKILL else told.get(timeout=10) for code in codes]


def _work(place: Place, point: KillPoint, barrier: Any, told: Any) -> None:
    database = open_database(place.database_url)
    clock = Ticking()
    vault = Dying(place.vault(database, clock), point)
    # With real pauses: these processes wait for each other.
    connector = place.connector(vault, Timing(now=clock))
    barrier.wait()
    try:
        use(connector)
    except Exception as error:  # noqa: BLE001 told to the test, which looks at it
        told.put(f"{type(error).__name__}: {error}")
    else:
        told.put("done")
    told.close()
    told.join_thread()
    database.close()
