"""Which settings of two models differ, by key path. Named things are compared by name, not by place."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from scoring.spec import ModelSpec

_NAMES = ("key", "name")
"""What tells the entries of a list of tables apart, where they have it."""


class SettingChange(NamedTuple):
    """One key path ("fit.rules[industry].bands[0].points") and its values; None where a model has no such key."""

    path: str
    before: object
    after: object


def settings_differing(before: ModelSpec, after: ModelSpec) -> list[SettingChange]:
    """Every setting that differs, defaults filled in, in the order of the keys."""
    first, second = _settings(before), _settings(after)
    return [
        SettingChange(path, first.get(path), second.get(path))
        for path in dict.fromkeys([*first, *second])
        if first.get(path) != second.get(path)
    ]


def _settings(spec: ModelSpec) -> dict[str, object]:
    return dict(_flat("", spec.model_dump(mode="json", by_alias=True, exclude_none=True)))


def _flat(path: str, value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), entry)
    elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        for place, entry in enumerate(value):
            yield from _flat(f"{path}[{_label(entry, place)}]", entry)
    elif value not in ([], {}):
        yield path, value


def _label(entry: Mapping[str, object], place: int) -> object:
    return next((entry[name] for name in _NAMES if name in entry), place)
