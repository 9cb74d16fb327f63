"""Putting the parts together: configuration, secrets, database, connections."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from connectors import registry
from connectors.sign_in import SignIn
from connectors.transport import Timing
from core.clock import system_clock
from core.config import Config, SecretRef, parse_config
from core.errors import ConfigError
from core.secrets import SecretText
from store.connections import connection_id, note_mapping
from store.database import Database, open_database
from store.meters import StoredMeter
from store.sealing import Seals, seals
from store.vault import StoredVault, examine, signed_in
from sync.connected import Connected

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
    """The address of a database, from where it is kept if that is env:NAME or file:PATH (it holds a password)."""
    source, _, name = url.partition(":")
    if source not in ("env", "file"):
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
    keys = _usable_keys(config, database)
    for name, settings in config.connections.items():
        number = connection_id(database, name, settings.crm)
        note_mapping(database, number, sha256(settings.model_dump_json().encode()).hexdigest()[:12])
        vault = StoredVault(database, number, name, keys, system_clock) if keys else None
        meter = StoredMeter(database, number, system_clock)
        connector = registry.crm(settings.crm).build(settings, reveal, Timing(), vault, meter)
        yield Connected(number, name, connector)


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
    """The secret behind a reference, from this process's environment or a file.

    Raises ConfigError where it is not there, or in a file that other users may read.
    """
    return secret.reveal(os.environ, _read_private)


def _read_private(name: str) -> str:
    path = Path(name).expanduser()
    if path.stat().st_mode & _OTHERS:
        raise ConfigError(f"The secret file {path} can be read by other users: run chmod 600 {path}.")
    return path.read_text(encoding="utf-8")
