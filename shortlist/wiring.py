"""Putting the parts together: configuration, secrets, database, connections."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from connectors import registry
from connectors.sign_in import SignIn
from connectors.transport import Timing
from core.clock import system_clock
from core.config import Config, parse_config
from core.errors import ConfigError
from core.hints import HintReader
from core.secret_refs import SecretRef
from core.secrets import SecretText
from core.section import Section
from store.connections import connection_id, note_mapping, org_ids
from store.database import Database, open_database
from store.inbox_writer import InboxWriter
from store.meters import StoredMeter
from store.sealing import Seals, seals
from store.vault import StoredVault, examine, signed_in
from sync.connected import Connected
from webhooks.hints import Hook, Hooks

DEFAULT_CONFIG = Path("config.toml")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command works with."""

    config: Config
    database: Database
    connections: tuple[Connected, ...]


def load_config(path: Path) -> Config:
    """Read the configuration file; raises ConfigError that says what to do."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"The configuration {path} cannot be read ({error.strerror}). Run `shortlist init` to write one, "
            "or name it with --config."
        ) from error
    config = parse_config(text, str(path), registry.settings_models())
    store = config.store.model_copy(update={"url": store_url(config.store.url)})
    return config.model_copy(update={"store": store})


def store_url(url: str) -> str:
    """The address of a database, from where it is kept if that is env:NAME, file:PATH or keyring:SERVICE/NAME."""
    source, _, name = url.partition(":")
    if source not in ("env", "file", "keyring"):
        return url
    return reveal(SecretRef.model_validate({"source": source, "name": name})).plain()


@contextmanager
def open_app(path: Path) -> Iterator[App]:
    """Read the configuration, open the database, build the connectors; calls no CRM."""
    config = load_config(path)
    database = open_database(config.store.url)
    try:
        yield App(config, database, tuple(_connect(config, database)))
    finally:
        database.close()


def _connect(config: Config, database: Database) -> Iterator[Connected]:
    keys, orgs = _usable_keys(config, database), org_ids(database)
    for name, settings in config.connections.items():
        number = connection_id(database, name, settings.crm)
        note_mapping(database, number, sha256(settings.model_dump_json().encode()).hexdigest()[:12])
        vault = StoredVault(database, number, name, keys, system_clock) if keys else None
        meter = StoredMeter(database, number, system_clock)
        crm, org_id = registry.crm(settings.crm), orgs.get(number)
        connector = crm.build(settings, reveal, Timing(), vault, meter)
        journal = crm.journal(settings, reveal, org_id, Timing()) if org_id else None
        yield Connected(number, name, connector, journal)


def hooks_of(config: Config, database: Database, inbox: InboxWriter) -> Hooks | None:
    """What takes the deliveries of every connection that asks for them; None where none does.

    Raises ConfigError where one does and serve.public_url is missing.
    """
    hooks = {
        (settings.crm, name): Hook(number, reader)
        for name, settings in config.connections.items()
        if registry.crm(settings.crm).hints(settings, reveal, "") is not None
        for number in (connection_id(database, name, settings.crm),)
        for reader in (_reader_of(settings, database, number),)
    }
    if not hooks:
        return None
    if config.serve.public_url is None:
        names = ", ".join(name for _, name in hooks)
        raise ConfigError(
            f"serve.public_url is missing, and {names} is to tell of changes: write the address under which the "
            'CRM reaches this server, public_url = "https://NAME" below [serve].'
        )
    return Hooks(config.serve.public_url, hooks, inbox, system_clock)


def _reader_of(settings: Section, database: Database, number: int) -> Callable[[], HintReader | None]:
    """Made when the org behind the connection is known, which its first sync or check finds out."""
    made: list[HintReader] = []

    def reader() -> HintReader | None:
        org_id = None if made else org_ids(database).get(number)
        if org_id is not None:
            found = registry.crm(settings.crm).hints(settings, reveal, org_id)  # type: ignore[attr-defined]  # every connection's section has one
            made.extend([found] if found else [])
        return made[0] if made else None

    return reader


def master_keys(config: Config) -> Seals | None:
    """The keys of store.keys; None without any. Raises ConfigError for one that is none."""
    return seals([reveal(key) for key in config.store.keys])


def _usable_keys(config: Config, database: Database) -> Seals | None:
    """The master keys; raises ConfigError where one is missing that stored sign-ins were or will be sealed with."""
    keys = master_keys(config)
    if keys is not None:
        examine(database, keys)
        return keys
    needing = {name for name in config.connections if sign_in_of(config, name) is not None}
    names = sorted(needing | set(signed_in(database)))
    if names:
        raise ConfigError(
            f"store.keys is missing, and the sign-in of {', '.join(names)} needs it. {KEY_ADVICE}"
        )
    return None


KEY_ADVICE = (
    "Make a key with `shortlist keys new`, keep it in an environment variable or a file, and name the place: "
    'keys = ["env:SHORTLIST_KEY"] below [store].'
)


def sign_in_of(config: Config, name: str) -> SignIn | None:
    """How a person signs in to a connection; None where it needs nobody's sign-in."""
    settings = config.connections[name]
    return registry.crm(settings.crm).sign_in(settings, reveal, Timing())


def reveal(secret: SecretRef) -> SecretText:
    """The secret behind a reference, from this process's environment, a file or the keyring of this user.

    Raises ConfigError where it is not there, or in a file that other users may read.
    """
    return secret.reveal(
        {"env": os.environ.__getitem__, "file": _read_private, "keyring": _read_from_keyring}
    )


def _read_private(name: str) -> str:
    path = Path(name).expanduser()
    if path.stat().st_mode & _OTHERS:
        raise ConfigError(f"The secret file {path} can be read by other users: run chmod 600 {path}.")
    return path.read_text(encoding="utf-8")


def _read_from_keyring(name: str) -> str:
    try:
        import keyring  # noqa: PLC0415 only installed where it is wanted
        from keyring.errors import KeyringError  # noqa: PLC0415 the same
    except ImportError as error:
        raise ConfigError(
            "A secret is to come from the keyring, which needs the package of that name: "
            "pip install 'shortlist[keyring]'."
        ) from error
    service, _, key = name.partition("/")
    try:
        found = keyring.get_password(service, key)
    except KeyringError as error:
        raise ConfigError(f"The keyring of this user cannot be read ({type(error).__name__}).") from error
    if found is None:
        raise KeyError(name)
    return found
