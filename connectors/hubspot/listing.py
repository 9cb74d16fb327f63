"""Answers that list: their rows, and what leads to the next page. What is no list is an error, never an empty one."""

from collections.abc import Mapping
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
    try:
        return Listing(rows, next_after(answer), int(answer.get("total") or 0))
    except (TypeError, ValueError) as error:
        raise odd(host, request, "a readable next page and total", answer) from error


def next_after(row: Mapping[str, Any]) -> str | None:
    """What leads to the next page of a list, None where there is none; raises ValueError where it is not told."""
    paging = row.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else paging
    match following:
        case None:
            return None
        case {"after": str() | int() as after} if after:
            return str(after)
    raise ValueError(f"a next page without its place: {paging!r}")


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
