"""What is read of each stream, looked up before anything is read."""

from collections.abc import Iterator, Mapping, Sequence

from core.errors import AuthError, ConfigError
from sync.connected import Connected, each

StreamFields = Mapping[tuple[int, str], frozenset[str]]
"""The CRM's fields by connection and stream."""


def stream_fields(connections: Sequence[Connected]) -> StreamFields:
    """The fields of every stream that we may look at; raises one ConfigError that names every one that is not there.

    What we may not look at cannot be read either: the pull of that stream says so, and the others go on.
    """
    found: dict[tuple[int, str], frozenset[str]] = {}
    faults: list[str] = []
    for connected, looked_up in zip(connections, each(connections, _look_up), strict=True):
        fields, lines = looked_up
        found |= {(connected.id, name): names for name, names in fields.items()}
        faults += [f"  connections.{connected.name}.{line}" for line in lines]
    if faults:
        told = "\n".join(faults)
        raise ConfigError(f"The mapping of fields cannot be used, so nothing was read:\n{told}")
    return found


def _look_up(connected: Connected) -> tuple[dict[str, frozenset[str]], list[str]]:
    fields: dict[str, frozenset[str]] = {}
    faults: list[str] = []
    for stream in connected.connector.streams:
        try:
            fields[stream.name] = frozenset(connected.connector.fields(stream))
        except ConfigError as error:
            faults += str(error).splitlines()
        except AuthError:
            continue
    return fields, faults


def unknown_types(sections: Mapping[str, object], known: Sequence[str]) -> Iterator[str]:
    """Types of activity in the connections' mappings that the model does not have, one line each with its key."""
    for name, settings in sections.items():
        for key, words in getattr(settings, "activities", ()):
            by_word = (
                {f".{word}": type_ for word, type_ in words.items()}
                if isinstance(words, dict)
                else {"": words}
            )
            for word, type_ in by_word.items():
                if type_ not in known:
                    path = f"connections.{name}.activities.{key}{word}"
                    yield f"{path}: the model has no activity type {type_!r}; write one of {', '.join(known)}"
