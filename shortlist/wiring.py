"""Putting the parts together: configuration, secrets, database, connections."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors import registry
from connectors.transport import Timing
from core.config import Config, SecretRef, StoreSettings, parse_config
from core.errors import ConfigError
from store.connections import connection_id
from store.database import Database, open_database
from sync.connected import Connected

DEFAULT_CONFIG = Path("config.toml")


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
    return config.model_copy(update={"store": StoreSettings(url=store_url(config.store.url))})


def store_url(url: str) -> str:
    """The address of a database, from where it is kept if that is env:NAME or file:PATH (it holds a password)."""
    source, _, name = url.partition(":")
    if source == "env" or source == "file":  # noqa: PLR1714 narrows the type
        return reveal(SecretRef(source=source, name=name))
    return url


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
    for name, settings in config.connections.items():
        connector = registry.crm(settings.crm).build(settings, reveal, Timing())
        yield Connected(connection_id(database, name, settings.crm), name, connector)


def reveal(secret: SecretRef) -> str:
    """The secret behind a reference, from this process's environment or a file; raises ConfigError."""
    return secret.reveal(os.environ, lambda name: Path(name).expanduser().read_text(encoding="utf-8"))
