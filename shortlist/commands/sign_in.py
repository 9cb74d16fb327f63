"""connect and disconnect: a person's sign-in to a CRM, kept in the vault and taken back."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from connectors.sign_in import VALID_SECONDS, Attempt, SignIn, attempt, local_port
from core.clock import system_clock
from core.config import Config
from core.errors import AuthError, ConfigError, ShortlistError
from core.grants import Grant
from shortlist.console import Output
from shortlist.loopback import wait_for_answer
from shortlist.session import DEFAULT, ConfigOption, JsonOption, command
from shortlist.wiring import KEY_ADVICE, load_config, master_keys, sign_in_of
from store.connections import claim_org, connection_id
from store.database import Database, open_database
from store.vault import StoredVault

Name = Annotated[str, typer.Argument(help="The connection: NAME of its [connections.NAME] section.")]


@command
def connect(
    connection: Name,
    config: ConfigOption = DEFAULT,
    *,
    paste: Annotated[
        bool, typer.Option("--paste", help="Paste the address of the last page instead of listening for it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Sign in to a CRM in the browser, and keep what it grants, encrypted."""
    output = Output(as_json=as_json)
    with _opened(load_config(config), connection) as desk:
        if desk.sign_in is None:
            raise ConfigError(
                f"connections.{connection}: its `auth` needs nobody's sign-in. `shortlist check` tells whether "
                "it works."
            )
        granted = _granted(output, desk.sign_in, paste=paste)
        desk.keep(granted)
    output.say(f"{connection} is connected to org {granted.org_id}. Now run: shortlist check")
    output.document({"connected": connection, "org_id": granted.org_id, "scopes": granted.scopes})


@command
def disconnect(
    connection: Name,
    config: ConfigOption = DEFAULT,
    *,
    forget: Annotated[
        bool, typer.Option("--forget", help="Erase what is stored without asking the CRM to revoke it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Revoke a stored sign-in at the CRM and erase it. What was pulled stays in the database."""
    output = Output(as_json=as_json)
    with _opened(load_config(config), connection) as desk:
        revoked = False if forget else desk.revoke()
        desk.vault.erase()
    words = "revoked and erased" if revoked else "erased here; nothing was revoked"
    output.say(f"The sign-in of {connection} is {words}. What was pulled stays in the database.")
    output.document({"disconnected": connection, "revoked": revoked})


@dataclass(frozen=True, slots=True)
class _Desk:
    """One connection's vault, and how a person signs in to it."""

    database: Database
    vault: StoredVault
    sign_in: SignIn | None

    def keep(self, granted: Grant) -> None:
        """Store a grant of the org that the connection belongs to; one of another org is revoked."""
        try:
            claim_org(self.database, self.vault.connection_id, granted.org_id)
        except ConfigError:
            if self.sign_in:
                self.sign_in.revoke(granted)
            raise
        self.vault.store(granted)

    def revoke(self) -> bool:
        """Revoke what is stored; False where nothing is. Raises AuthError where the CRM could not be asked."""
        try:
            grant = self.vault.peek()
            if grant is None:
                return False
            if self.sign_in is None:
                raise ConfigError(f"connections.{self.vault.connection}: its `auth` no longer uses it.")
            self.sign_in.revoke(grant)
        except ShortlistError as error:
            raise AuthError(
                f"{error} Nothing was erased; `--forget` erases it here without asking the CRM."
            ) from error
        return True


@contextmanager
def _opened(config: Config, name: str) -> Iterator[_Desk]:
    if name not in config.connections:
        known = ", ".join(config.connections)
        raise ConfigError(f"There is no connection {name}; the configuration has {known}.")
    keys = master_keys(config)
    if keys is None:
        raise ConfigError(f"store.keys is missing, and a stored sign-in needs it. {KEY_ADVICE}")
    database = open_database(config.store.url)
    try:
        number = connection_id(database, name, config.connections[name].crm)
        vault = StoredVault(database, number, name, keys, system_clock)
        yield _Desk(database, vault, sign_in_of(config, name))
    finally:
        database.close()


def _granted(output: Output, sign_in: SignIn, *, paste: bool) -> Grant:
    """Lead the person through the sign-in."""
    trial, started = attempt(sign_in.redirect_url), time.monotonic()
    port = None if paste else local_port(sign_in.redirect_url)

    def show() -> None:
        output.guide("Open this address in a browser and sign in:")
        output.guide(trial.page(sign_in))

    answer = _pasted(output, trial, show) if port is None else wait_for_answer(trial, port, show)
    if time.monotonic() - started > VALID_SECONDS:
        raise ConfigError("The sign-in took too long; run the command again.")
    return sign_in.granted(trial.code_in(answer), trial.verifier)


def _pasted(output: Output, trial: Attempt, show: Callable[[], None]) -> str:
    show()
    output.guide(
        f"At the end the browser is sent to {trial.redirect_url}, which may show an error. Paste the whole "
        "address of that page here:"
    )
    return sys.stdin.readline()
