"""Requests and replies as the resource modules see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import orjson

from emulators.hubspot.errors import validation_error

API_ROOT = "https://api.hubapi.com"
_JSON = "application/json;charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One API request. `path` is as the client wrote it, `query` holds every value of every key."""

    method: str
    path: str
    query: dict[str, list[str]]
    raw: bytes
    token: str

    def argument(self, name: str, default: str = "") -> str:
        """The last value of a query key."""
        return self.query.get(name, [default])[-1]

    def names(self, name: str) -> list[str]:
        """The names of a query key that takes a comma list or is repeated."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def flag(self, name: str) -> bool:
        """Whether a query key says true."""
        return self.argument(name).lower() == "true"

    def limit(self, *, default: int, maximum: int) -> int:
        """The page size asked for; a 400 outside 1..maximum."""
        text = self.argument("limit", str(default))
        if not text.isdigit() or not 1 <= int(text) <= maximum:
            # Assumption: the wording.
            raise validation_error(f"Invalid value for limit: {text}. It must be between 1 and {maximum}")
        return int(text)

    def json(self) -> Any:
        """The body as JSON; a 400 when it is none."""
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError as problem:
            raise invalid_json(str(problem)) from problem

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; a 400 when it is none."""
        body = self.json()
        if not isinstance(body, dict):
            raise invalid_json("an object is expected")
        return body


@dataclass(frozen=True)
class Reply:
    """One API reply; `body` is anything orjson writes, None for an empty one."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The bytes of the body."""
        return b"" if self.body is None else orjson.dumps(self.body)

    def header_list(self) -> list[tuple[str, str]]:
        """All headers, with the content type where there is a body."""
        content = {} if self.body is None else {"Content-Type": _JSON}
        return list({**content, **self.headers}.items())


NO_CONTENT = Reply(HTTPStatus.NO_CONTENT)


def invalid_json(why: str) -> Exception:
    """The 400 for a body of the wrong form."""
    # Assumption: the end of the message; its beginning is what live portals answer.
    return validation_error(f"Invalid input JSON: {why}")


def parse_query(text: str) -> dict[str, list[str]]:
    """The query string as lists of values; keys without a value count as empty."""
    return parse_qs(text, keep_blank_values=True)


def ok(body: Any) -> Reply:
    """A 200."""
    return Reply(HTTPStatus.OK, body)


def created(body: Any) -> Reply:
    """A 201."""
    return Reply(HTTPStatus.CREATED, body)


def next_page(after: str, link: str | None = None) -> dict[str, Any]:
    """The `paging` of a page that is not the last."""
    return {"next": {"after": after} if link is None else {"after": after, "link": link}}
