"""Which settings of two models differ, by key path. Named things are compared by name, not by place."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from scoring.spec import ModelSpec

_NAMES = ("key", "name")
"""What tells the entries of a list of tables apart, where they have it."""
_ORDER = "[order]"


class SettingChange(NamedTuple):
    """One key path ("fit.rules[industry].bands[0].points") and its values; None where a model has no such key."""

    path: str
    before: object
    after: object


def settings_differing(before: ModelSpec, after: ModelSpec) -> list[SettingChange]:
    """Every setting that differs, defaults filled in, in the order of the keys."""
    first, second = _settings(before), _settings(after)
    changes = (
        SettingChange(path, first.get(path), second.get(path)) for path in dict.fromkeys([*first, *second])
    )
    return [change for change in changes if change.before != change.after and not _follows(change)]


def _follows(change: SettingChange) -> bool:
    """Whether an order is another one only because something came or went, which has paths of its own."""
    if not change.path.endswith(_ORDER):
        return False
    before, after = (side if isinstance(side, list) else [] for side in (change.before, change.after))
    return sorted(before) != sorted(after)


def _settings(spec: ModelSpec) -> dict[str, object]:
    return dict(_flat("", spec.model_dump(mode="json", by_alias=True, exclude_none=True)))


def _flat(path: str, value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), entry)
    elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        labels = [_label(entry, place) for place, entry in enumerate(value)]
        for label, entry in zip(labels, value, strict=True):
            yield from _flat(f"{path}[{label}]", entry)
        yield path + _ORDER, labels
    elif value not in ([], {}):
        yield path, value


def _label(entry: Mapping[str, object], place: int) -> str:
    return next((str(entry[name]) for name in _NAMES if name in entry), str(place))
