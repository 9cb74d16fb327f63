"""Requests and replies as the resource modules see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import orjson

from emulators.hubspot.errors import validation_error
from emulators.hubspot.times import is_whole

API_ROOT = "https://api.hubapi.com"
_JSON = "application/json;charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One API request. `path` is as the client wrote it, `query` holds every value of every key.

    `base_url` is scheme and host as the client wrote them, for the files the emulator serves itself; `target_size`
    the length of path and query.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    raw: bytes
    token: str
    base_url: str = ""
    target_size: int = 0

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
        if not is_whole(text) or not 1 <= int(text) <= maximum:
            # Assumption: the wording.
            raise validation_error(f"Invalid value for limit: {text}. It must be between 1 and {maximum}")
        return int(text)

    def form(self) -> dict[str, str]:
        """The last values of a form-encoded body, and of the query for keys the body lacks."""
        sent = {**self.query, **parse_query(self.raw.decode("utf-8", "replace"))}
        return {name: values[-1] for name, values in sent.items()}

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
    """One API reply; `body` is anything orjson writes, bytes for a file, None for an empty one."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The bytes of the body."""
        if isinstance(self.body, bytes):
            return self.body
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


def objects_of(body: Any, key: str) -> list[dict[str, Any]]:
    """The list of objects at `key` of an object; empty when it is absent, a 400 when it is anything else."""
    found = body.get(key) if isinstance(body, dict) else None
    return checked_objects([] if found is None else found)


def checked_objects(found: Any) -> list[dict[str, Any]]:
    """A list of objects as it is; a 400 for anything else."""
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise invalid_json("an array of objects is expected")
    return found


def batch_inputs(request: Request, maximum: int) -> list[dict[str, Any]]:
    """The `inputs` of a batch; a 400 when there are none, too many, or not objects."""
    body = request.object()
    if "inputs" not in body:
        raise validation_error("Invalid input JSON: Some required fields were not set: [inputs]")
    inputs = checked_objects(body["inputs"])
    if len(inputs) > maximum:
        # Assumption: the wording.
        raise validation_error(f"The maximum number of inputs in a batch request is {maximum}")
    return inputs


def object_of(body: dict[str, Any], key: str) -> dict[str, Any]:
    """The object at `key`; empty when it is absent, a 400 when it is anything else."""
    found = body.get(key)
    if not isinstance(found, dict | None):
        raise invalid_json(f"{key} must be an object")
    return found or {}


def texts_of(body: dict[str, Any], key: str) -> list[str]:
    """The list of texts at `key` (numbers are taken as text); a 400 when it is anything else."""
    found = body.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, str | int) for item in found):
        raise invalid_json(f"{key} must be an array of texts")
    return [str(item) for item in found]


def text_of(body: dict[str, Any], key: str) -> str:
    """The text at `key` (a number is taken as text); empty when it is absent."""
    found = body.get(key)
    if not isinstance(found, str | int | None):
        raise invalid_json(f"{key} must be a text")
    return "" if found is None else str(found)


def number_of(body: dict[str, Any], key: str, default: int = 0) -> int:
    """The whole number at `key`, also as text; a 400 when it is anything else."""
    text = text_of(body, key)
    if text and not is_whole(text):
        raise invalid_json(f"{key} must be a number")
    return int(text) if text else default


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
