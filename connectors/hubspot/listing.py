"""Answers that list: their rows, and what leads to the next page. What is no list is an error, never an empty one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from connectors.transport import Request, redact
from core.errors import ContractError


class Listing(NamedTuple):
    """One page.

    after: what the next page is asked for by, None behind the last one. total: of all pages, 0 where untold.
    """

    rows: list[dict[str, Any]]
    after: str | None
    total: int


def listing(host: str, request: Request, answer: Mapping[str, Any]) -> Listing:
    """The page in an answer; raises ContractError where it holds none."""
    rows = answer.get("results")
    if not isinstance(rows, list) or not set(map(type, rows)) <= {dict}:
        raise odd(host, request, "a list of results", answer)
    total = answer.get("total") or 0
    if not isinstance(total, int):
        raise odd(host, request, "a total that is a number", answer)
    return Listing(rows, next_after(host, request, answer), total)


def demand_records(host: str, request: Request, listed: Listing) -> Listing:
    """The same page; raises ContractError where a row is no record, which has an id and properties."""
    for row in listed.rows:
        if "id" not in row or type(row.get("properties")) is not dict:
            raise odd(host, request, "records that have an id and properties", row)
    return listed


def next_after(host: str, request: Request, listed: Mapping[str, Any]) -> str | None:
    """What leads to the next page, None where there is none; raises ContractError where it is not told."""
    paging = listed.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else paging
    match following:
        case None:
            return None
        case {"after": str() | int() as after} if after:
            return str(after)
    raise odd(host, request, "the place of its next page", listed)


@dataclass(slots=True)
class Forward:
    """The places of one reading, each once: what leads back to one of them would be read for ever."""

    host: str
    what: str
    _seen: set[str] = field(default_factory=set)

    def to(self, place: str | None) -> None:
        """Go to a place; None is the end. Raises ContractError where the reading has been there."""
        if place in self._seen:
            raise ContractError(f"{self.host} gave the same page of {self.what} twice ({place}).")
        if place is not None:
            self._seen.add(place)


def odd(host: str, request: Request, wanted: str, came: Any) -> ContractError:
    """The error for a success without what it must hold: what came, and from where."""
    return ContractError(
        f"{host} answered {request.operation} ({request.method} {request.path}) without {wanted}: "
        f"{_shape(came)} came. Nothing of it was stored; if it stays so, a proxy may have answered in its place."
    )


def _shape(came: Any) -> str:
    if not isinstance(came, dict):
        return "null" if came is None else f"a JSON {type(came).__name__}"
    return f"an object of {redact(', '.join(map(str, came)))[:200]}" if came else "nothing"
