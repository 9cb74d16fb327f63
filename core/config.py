"""The configuration: typed sections of one TOML file. Parsing is pure; the outer edge reads the file.

Unknown keys are refused with their path. Secrets stand in the file only as references
(`env:NAME`, `file:PATH` or `keyring:SERVICE/NAME`) and are never printed.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    model_validator,
)

from core.errors import ConfigError
from core.fields import Policy
from core.managed_fields import MANAGED_FIELDS
from core.match_settings import MatchSettings
from core.retention_settings import RetentionSettings
from core.secret_refs import Secret
from core.section import Section
from core.signal_settings import SignalSettings
from core.toml import TomlError, read_toml


class StoreSettings(Section):
    """Where the database is: sqlite:///PATH, postgresql://…, or env:NAME or file:PATH that hold one of these.

    keys: master keys of the stored sign-ins; the first one seals, all of them open.
    """

    url: str = Field(default="sqlite:///shortlist.sqlite", repr=False)  # it may hold a password
    keys: tuple[Secret, ...] = ()


class ModelSettings(Section):
    """The scoring model; without a file, the one published last, else the one that comes with Shortlist."""

    file: str | None = None


DriftPolicy = Literal["ours", "keep"]
"""What becomes of a managed field that somebody else has written: our value again, or theirs."""


def _drift_fields(policies: dict[str, DriftPolicy]) -> dict[str, DriftPolicy]:
    ours = [field.name for field in MANAGED_FIELDS if field.policy is not Policy.READS]
    for name in policies:
        if name != "default" and name not in ours:
            raise ValueError(
                f"{name!r} is no field that Shortlist writes; write default or one of {', '.join(ours)}"
            )
    return policies


class SyncSettings(Section):
    """How a sync reads and when a changed number is worth a write.

    overlap_seconds: how far behind the cursor each pull reads again (a CRM may show a row late).
    min_change: points by which a score must move on the record; catch_up_days: after so many days
    smaller moves are written too. drift: a policy for each managed field, and `default` for the others.
    parents: "own" keeps the activities and contacts of a child account to itself, "to_parent" lets them count for
    its topmost parent as well.
    """

    overlap_seconds: int = Field(default=300, ge=0)
    min_change: float = Field(default=1.0, ge=0)
    catch_up_days: int = Field(default=7, ge=1)
    readers: int = Field(default=6, ge=1, le=16)
    """How many objects of one CRM are read at once."""
    drift: Annotated[dict[str, DriftPolicy], AfterValidator(_drift_fields)] = Field(default_factory=dict)
    parents: Literal["own", "to_parent"] = "own"


class GuardSettings(Section):
    """Limits that stop a plan until a person confirms it.

    Percentages are of accounts that had a tier (or were on a list) before; they are not applied below
    `floor` accounts. `tier_moves_percent` also stops the publishing of a model that moves more. writes: records
    and memberships that one plan may write, off by default, because a first push writes everything.
    calls_percent: of the API calls that a CRM says are left today; not applied where it does not say.
    loss_percent: of the records (or list members) that were known, how many a full read may show no more.
    """

    tier_moves_percent: float = Field(default=25.0, ge=0, le=100)
    list_leaves_percent: float = Field(default=25.0, ge=0, le=100)
    writes: int | None = Field(default=None, ge=0)
    calls_percent: float = Field(default=50.0, ge=0, le=100)
    loss_percent: float = Field(default=25.0, ge=0, le=100)
    floor: int = Field(default=20, ge=1)


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"is no address ({error}); write https://NAME") from error
    is_here = host in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValueError("write https://NAME; plain http is for this machine alone")
    if not host or "@" in parts.netloc or parts.query or parts.fragment or not value.isascii():
        raise ValueError("write https://NAME, and a path if one leads to Shortlist, and nothing else")
    return value.rstrip("/")


class ServeSettings(Section):
    """How `shortlist serve` is reached.

    public_url: the address under which the CRMs reach it, which signatures name, without a slash at its end.
    proxy_hops: how many proxies of your own stand before it; only so many of their headers are believed.
    trusted_hosts: names under which requests may come besides those of public_url and this machine.
    requests_per_second: from one client address. workers: jobs at once in one process.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    proxy_hops: int = Field(default=0, ge=0, le=10)
    trusted_hosts: tuple[str, ...] = ()
    requests_per_second: float = Field(default=1000.0, gt=0)
    workers: int = Field(default=2, ge=0, le=64)


class Config(Section):
    """The whole file. `connections` holds one settings object a connection, by the name it has here."""

    store: StoreSettings = StoreSettings()
    model: ModelSettings = ModelSettings()
    sync: SyncSettings = SyncSettings()
    matching: MatchSettings = MatchSettings()
    guards: GuardSettings = GuardSettings()
    retention: RetentionSettings = RetentionSettings()
    signals: SignalSettings = SignalSettings()
    serve: ServeSettings = ServeSettings()
    connections: dict[str, Any] = Field(min_length=1)

    @model_validator(mode="after")
    def _signal_fields_are_mapped(self) -> Self:
        mapped = {name for settings in self.connections.values() for name in getattr(settings, "fields", ())}
        for name, section in self.signals.fields.items():
            for field in filter(None, (section.field, section.observed_field)):
                if field not in mapped and None not in self.connections.values():
                    raise ValueError(
                        f"signals.fields.{name}: no connection maps {field!r}; add it to [connections.NAME.fields]"
                    )
        return self


def parse_config(text: str, source: str, kinds: Mapping[str, type[Section]]) -> Config:
    """Read a configuration; `kinds` gives the settings model of each CRM's connections.

    Raises ConfigError with every fault at once, each with its key path and what to do.
    """
    try:
        raw = read_toml(text)
    except TomlError as error:
        raise ConfigError(f"{source} is not valid TOML: {error}.") from error
    except RecursionError as error:
        raise ConfigError(f"{source} is nested too deeply to be a configuration.") from error
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
    path = (prefix + ".".join(str(part) for part in fault["loc"])).rstrip(".")
    if not path:  # a fault of the whole file names its keys itself
        return str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        return f"{path}: unknown key; remove it or correct its spelling"
    if fault["type"] == "missing":
        return f"{path}: missing; add it (config.example.toml shows how)"
    return f"{path}: {fault['msg'].removeprefix('Value error, ')}"
