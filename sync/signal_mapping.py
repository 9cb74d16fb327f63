"""Mappings: how a file of some vendor is read as signals. Ready ones stand in signal_mappings.toml."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from core.errors import ConfigError
from core.section import Section
from core.signal_settings import Scale, SignalKind
from core.signals import COLUMNS, SignalFault, shown
from core.toml import TomlError, read_toml

READY = Path(__file__).with_name("signal_mappings.toml")
_ALIASES: Mapping[str, Sequence[str]] = {
    "source": ("source", "provider", "vendor"),
    "domain": ("domain", "company domain", "account domain", "website", "company website", "url", "email"),
    "kind": ("kind", "signal kind", "signal type", "type"),
    "topic": ("topic", "topic name", "keyword"),
    "strength": ("strength", "score", "signal strength", "intent score"),
    "observed_at": ("observed at", "observed on", "date", "timestamp", "signal date"),
    "id": ("id", "signal id"),
}
"""Header names that are understood in every file. `strength` is taken as 0 to 100."""
_NOT_A_NAME = re.compile(r"[\W_]+")

Row = Mapping[str, object]
Headers = Annotated[tuple[str, ...], Field(min_length=1)]


class ReadingSpec(Section):
    """One signal of a row: the column of its strength and the scale; kind and topic where they are fixed."""

    strength: Headers
    kind: SignalKind | None = None
    topic: str | None = None
    scale: Scale = Scale()


class MappingSpec(Section):
    """A mapping as it stands in TOML."""

    source: str | None = None
    columns: dict[str, Headers] = Field(default_factory=dict)
    fixed: dict[str, str] = Field(default_factory=dict)
    readings: tuple[ReadingSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A mapping laid over the header of one file: which header holds what.

    `readings` are (header of the strength, reading); none where the file gives a strength of 0 to 100 itself.
    """

    columns: Mapping[str, str]
    fixed: Mapping[str, str]
    readings: Sequence[tuple[str, ReadingSpec]]

    def rows(self, raw: Row) -> Iterator[Row | SignalFault]:
        """The signals of one row of the file, in our columns; a fault for one whose value has no place."""
        known = {column: raw[header] for column, header in self.columns.items()}
        row = {**self.fixed, **{name: value for name, value in known.items() if value not in (None, "")}}
        if not self.readings:
            yield row
        is_wide = len(self.readings) > 1
        for header, reading in self.readings:
            if not is_wide:
                yield _read(row, header, reading, raw[header])
            elif raw[header] not in (None, ""):
                # One row makes several signals: its own id would be the same for all of them.
                own = {"id": f"{row['id']}:{header}"} if row.get("id") else {}
                yield _read({**row, **own}, header, reading, raw[header])


def _read(row: Row, header: str, reading: ReadingSpec, value: object) -> Row | SignalFault:
    fixed = {name: text for name, text in (("kind", reading.kind), ("topic", reading.topic)) if text}
    if value in (None, ""):
        return {**row, **fixed}
    strength = reading.scale.strength(value)
    if strength is None:
        levels = f" or one of {', '.join(reading.scale.levels)}" if reading.scale.levels else ""
        return SignalFault(header, "is not on the source's scale", f"give a number{levels}", shown(value))
    return {**row, **fixed, "strength": strength}


def lay_out(header: Sequence[str], spec: MappingSpec, given: Mapping[str, str]) -> Layout:
    """Find every column in a file's header; `given` are values from the command line.

    Raises ConfigError when a column that every signal needs is nowhere to be found.
    """
    places = {_plain(name): name for name in reversed(header)}
    columns = {
        column: found
        for column in COLUMNS
        if (found := _find(places, (*spec.columns.get(column, ()), *_ALIASES[column]))) is not None
    }
    readings = [
        (found, reading)
        for reading in spec.readings
        if (found := _find(places, reading.strength)) is not None
    ]
    fixed = {**spec.fixed, **({"source": spec.source} if spec.source else {}), **given}
    for column in given:
        columns.pop(column, None)
    if spec.source:
        columns.pop("source", None)
    if spec.readings:
        columns.pop("strength", None)
    _check(header, spec, {*columns, *fixed, *(["strength"] if readings else [])})
    return Layout(columns, fixed, readings)


def _check(header: Sequence[str], spec: MappingSpec, known: set[str]) -> None:
    has_kinds = bool(spec.readings) and all(reading.kind for reading in spec.readings)
    wanted = {"source", "domain", "strength", "observed_at"} | (set() if has_kinds else {"kind"})
    missing = [column for column in COLUMNS if column in wanted - known]
    if missing:
        words = "; ".join(f"{column} (called {' or '.join(_names(column, spec))})" for column in missing)
        raise ConfigError(
            f"The file has no column for {words}. Its columns are: {', '.join(header) or 'none'}. Rename them, "
            "choose a --mapping, or give --source and --observed-at for the whole file."
        )


def _names(column: str, spec: MappingSpec) -> Sequence[str]:
    if column == "strength" and spec.readings:
        names = [name for reading in spec.readings for name in reading.strength]
    else:
        names = [*spec.columns.get(column, ()), *_ALIASES[column]]
    once: dict[str, str] = {}
    for name in names:
        once.setdefault(_plain(name), name)
    return list(once.values())


def _find(places: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((places[_plain(name)] for name in names if _plain(name) in places), None)


def _plain(name: str) -> str:
    return _NOT_A_NAME.sub(" ", name).strip().casefold()


def load_mapping(name: str | None) -> MappingSpec:
    """A ready mapping by its name, or one from a TOML file; without a name, our own columns.

    Raises ConfigError for a name that is neither and for a file that cannot be used.
    """
    if name is None:
        return MappingSpec()
    ready = _parse(READY)
    if name in ready:
        return _validated(name, ready[name])
    if not name.endswith(".toml"):
        raise ConfigError(
            f"There is no mapping {name!r}; use {', '.join(ready)}, or the path of a .toml file."
        )
    return _validated(name, _parse(Path(name).expanduser()))


def _parse(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TomlError) as error:
        raise ConfigError(f"The mapping {path} cannot be read: {error}.") from error


def _validated(name: str, raw: Any) -> MappingSpec:
    try:
        return MappingSpec.model_validate(raw)
    except ValidationError as error:
        lines = [f"  {'.'.join(str(part) for part in f['loc'])}: {f['msg']}" for f in error.errors()]
        raise ConfigError("\n".join([f"The mapping {name} cannot be used:", *lines])) from error
