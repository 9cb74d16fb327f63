"""The configuration: typed sections of one TOML file. Parsing is pure; the outer edge reads the file.

Unknown keys are refused with their path. Secrets stand in the file only as references
(`env:NAME` or `file:PATH`) and are never printed.
"""

import tomllib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import ConfigError


class Section(BaseModel):
    """A part of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretRef(BaseModel):
    """Where a secret is kept. Its text shows the place, never the secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: Literal["env", "file"]
    name: str

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"

    def reveal(self, environment: Mapping[str, str], read_file: Callable[[str], str]) -> str:
        """The secret itself; raises ConfigError where it is not there or empty."""
        try:
            secret = environment[self.name] if self.source == "env" else read_file(self.name)
        except (KeyError, OSError) as error:
            raise ConfigError(f"The secret {self} cannot be read: {self._advice()}") from error
        if not secret.strip():
            raise ConfigError(f"The secret {self} is empty: {self._advice()}")
        return secret.strip()

    def _advice(self) -> str:
        if self.source == "env":
            return f"set the environment variable {self.name} and start again."
        return f"put the secret into the file {self.name}, readable by this user only."


def _secret_ref(value: object) -> object:
    if isinstance(value, SecretRef):
        return value
    source, _, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    # A name that is no identifier is a secret that somebody put behind env: and that we must not print.
    if not (source == "env" and name.isidentifier()) and not (source == "file" and name):
        raise ValueError("write env:NAME or file:PATH; secrets do not belong into this file")
    return SecretRef(source=source, name=name)  # type: ignore[arg-type]  # checked one line above


Secret = Annotated[SecretRef, BeforeValidator(_secret_ref)]
"""A setting that names the place of a secret."""


class StoreSettings(Section):
    """Where the database is: sqlite:///PATH."""

    url: str = "sqlite:///shortlist.sqlite"


class ModelSettings(Section):
    """The scoring model; without a file, the one published last, else the one that comes with Shortlist."""

    file: str | None = None


class SyncSettings(Section):
    """How a sync reads and when a changed number is worth a write.

    overlap_seconds: how far behind the cursor each pull reads again (a CRM may show a row late).
    min_change: points by which a score must move on the record; catch_up_days: after so many days
    smaller moves are written too.
    """

    overlap_seconds: int = Field(default=300, ge=0)
    min_change: float = Field(default=1.0, ge=0)
    catch_up_days: int = Field(default=7, ge=1)
    readers: int = Field(default=6, ge=1, le=16)
    """How many objects of one CRM are read at once."""


class GuardSettings(Section):
    """Limits that stop a plan until a person confirms it.

    Percentages are of accounts that had a tier (or were on a list) before; they are not applied below
    `floor` accounts. `tier_moves_percent` also stops the publishing of a model that moves more.
    """

    tier_moves_percent: float = Field(default=25.0, ge=0, le=100)
    list_leaves_percent: float = Field(default=25.0, ge=0, le=100)
    floor: int = Field(default=20, ge=1)


class Config(Section):
    """The whole file. `connections` holds one settings object a connection, by the name it has here."""

    store: StoreSettings = StoreSettings()
    model: ModelSettings = ModelSettings()
    sync: SyncSettings = SyncSettings()
    guards: GuardSettings = GuardSettings()
    connections: dict[str, Any] = Field(min_length=1)


def parse_config(text: str, source: str, kinds: Mapping[str, type[Section]]) -> Config:
    """Read a configuration; `kinds` gives the settings model of each CRM's connections.

    Raises ConfigError with every fault at once, each with its key path and what to do.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source} is not valid TOML: {error}.") from error
    faults: list[str] = []
    connections = _parse_connections(raw.get("connections", {}), kinds, faults)
    config = _validated(Config, {**raw, "connections": connections or {"-": None}}, "", faults)
    if not raw.get("connections"):
        faults.append("connections: there is none; add a [connections.NAME] section")
    if faults or config is None:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise ConfigError(f"{source} cannot be used:\n{lines}")
    return config


def _parse_connections(raw: Any, kinds: Mapping[str, type[Section]], faults: list[str]) -> dict[str, Any]:
    if not isinstance(raw, dict):
        faults.append("connections: must be sections such as [connections.salesforce]")
        return {}
    parsed = {}
    for name, section in raw.items():
        crm = section.get("crm") if isinstance(section, dict) else None
        if not isinstance(crm, str) or crm not in kinds:
            known = " or ".join(f'"{kind}"' for kind in sorted(kinds))
            faults.append(f"connections.{name}.crm: must be {known}")
            continue
        parsed[name] = _validated(kinds[crm], section, f"connections.{name}.", faults)
    return parsed


_S = TypeVar("_S", bound=Section)


def _validated(model: type[_S], raw: Any, prefix: str, faults: list[str]) -> _S | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        faults.extend(_words(fault, prefix) for fault in error.errors())
        return None


def _words(fault: Any, prefix: str) -> str:
    path = prefix + ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{path}: unknown key; remove it or correct its spelling"
    if fault["type"] == "missing":
        return f"{path}: missing; add it (config.example.toml shows how)"
    return f"{path}: {fault['msg'].removeprefix('Value error, ')}"
