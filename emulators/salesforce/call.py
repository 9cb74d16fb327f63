"""One request as the handlers see it, and their answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from emulators.salesforce.errors import SalesforceError, json_parser_error, not_found

if TYPE_CHECKING:
    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org


@dataclass(frozen=True)
class Call:
    """A request of an authenticated user: `base` is `/services/data/vXX.0`, `host_url` where it was sent."""

    org: Org
    user_id: str
    method: str
    base: str
    host_url: str
    args: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_body: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)

    def json(self) -> Any:
        """The body. Raises JSON_PARSER_ERROR."""
        try:
            return orjson.loads(self.raw_body)
        except orjson.JSONDecodeError as problem:
            raise json_parser_error(f"{problem}") from problem

    def values(self) -> dict[str, Any]:
        """The body as an object. Raises JSON_PARSER_ERROR."""
        body = self.json()
        if not isinstance(body, dict):
            raise json_parser_error("The body is not an object")
        return body

    def object(self, name: str) -> ObjectType:
        """The object of a path. Raises NOT_FOUND, also when it is hidden from the user."""
        found = self.org.schema.find(name)
        if found is None or not self.org.access.may(found, "read", self.user_id):
            raise not_found()
        return found


@dataclass(frozen=True)
class Reply:
    """Status, body (JSON, bytes as they are, None for an empty one) and further headers."""

    body: Any = None
    status: int = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[..., Reply]
Route = tuple[str, str, Handler]


class Router:
    """Handlers by method and path below `/services/data/vXX.0`; `{name}` in a path is one segment."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(method, _pattern(path), handler) for method, path, handler in routes]

    def find(self, method: str, path: str) -> Callable[[Call], Reply] | None:
        """The handler for a request with the segments of its path bound, None without one."""
        for wanted, pattern, handler in self._routes:
            match = pattern.fullmatch(path) if wanted == method else None
            if match is not None:
                segments = match.groups()
                return lambda call: handler(call, *segments)
        return None

    def knows(self, path: str) -> bool:
        """Whether any method is answered at the path."""
        return any(pattern.fullmatch(path) for _, pattern, _ in self._routes)


def answer(router: Router, call: Call, path: str) -> Reply:
    """Answer a request below the version's base; errors become replies. Raises nothing."""
    handler = router.find(call.method, path)
    try:
        if handler is None:
            raise _no_handler(router, call.method, path)
        return handler(call)
    except SalesforceError as problem:
        return Reply(problem.body(), problem.status)


def _no_handler(router: Router, method: str, path: str) -> SalesforceError:
    if router.knows(path):
        message = f"HTTP Method '{method}' not allowed. Allowed are HEAD,GET,POST,PATCH,DELETE"
        return SalesforceError("METHOD_NOT_ALLOWED", message, status=HTTPStatus.METHOD_NOT_ALLOWED)
    return not_found()


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "([^/]+)", path) + "/?")
