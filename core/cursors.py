"""Where a pull stands: a window with a closed lower bound, and a position inside it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from core.clock import parse_instant, wire_instant


@dataclass(frozen=True, slots=True)
class Cursor:
    """The state of one stream of one connection.

    since: everything modified at or after it is wanted; None means everything there is.
    started_at: the CRM's own clock when this window was opened. It becomes the next `since`, so no row
        that was still being committed while we read is lost, whatever our clock says.
    position: the connector's own place inside the window; None at its start.
    full_at: when everything was last read from the beginning (the window's start, by the CRM's clock).
    compared_at: when the CRM's ids were last compared with ours, so that nothing gone is kept.
    must_compare: this window does not tell all that is gone, so the CRM's ids are compared at its end.
    """

    since: datetime | None = None
    started_at: datetime | None = None
    position: str | None = None
    full_at: datetime | None = None
    compared_at: datetime | None = None
    must_compare: bool = False

    def at(self, position: str) -> Self:
        """The same window, further on."""
        return replace(self, position=position)

    def opened(self, server_time: datetime) -> Self:
        """The window with its start noted; a window that is already open keeps its start."""
        return self if self.started_at else replace(self, started_at=server_time)

    def closed(self) -> Self:
        """The next window, once this one is read to its end."""
        return replace(self, since=self.started_at, started_at=None, position=None)

    def to_json(self) -> dict[str, Any]:
        """Plain values for the store."""
        plain: dict[str, Any] = {
            "since": self.since and wire_instant(self.since),
            "started_at": self.started_at and wire_instant(self.started_at),
            "position": self.position,
        }
        done = {"full_at": self.full_at, "compared_at": self.compared_at}
        plain |= {name: wire_instant(at) for name, at in done.items() if at is not None}
        return plain | ({"must_compare": True} if self.must_compare else {})

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read back what to_json gave, now or in an earlier version; raises ValueError for anything else."""
        if not isinstance(data, dict):
            raise ValueError(f"a cursor is an object, not {data!r}")  # noqa: TRY004 promised above
        names = ("since", "started_at", "position", "full_at", "compared_at")
        parts = {name: data[name] for name in names if data.get(name) is not None}
        if not all(isinstance(part, str) for part in parts.values()):
            raise ValueError(f"a cursor's parts are texts: {data!r}")
        position = parts.pop("position", None)
        moments = {name: parse_instant(part) for name, part in parts.items()}
        return cls(position=position, must_compare=data.get("must_compare") is True, **moments)
