"""POST /hooks/CRM/CONNECTION: a CRM tells that records changed.

A request is answered well only when what it told is stored. Every other answer has no body and says nothing of
what is here: an unknown connection, a missing secret and a wrong signature are all the same 401.

This is plain WSGI before Flask: a flood brings 500 requests a second, and Flask's contexts, routes and response
take a fifth of what one costs.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from core.clock import Clock, millis
from core.errors import SignatureError, TransientError
from core.hints import HintReader, Received
from store.inbox import heard
from store.inbox_writer import InboxWriter
from webhooks.replays import Replays
from webhooks.sources import Sources

MAX_BODY_BYTES = 1 << 20
RETRY_AFTER_SECONDS = "10"
_LENGTHS = (4, 5)
"""Parts of /hooks/CRM/CONNECTION and /hooks/CRM/CONNECTION/SECRET, with the empty one before the first slash."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One connection's way in. `reader` gives None while nobody knows which org the connection is."""

    connection_id: int
    reader: Callable[[], HintReader | None]


@dataclass(frozen=True, slots=True)
class Hooks:
    """What deliveries are taken with: hooks by CRM and connection name, and where they go.

    public_url: what stands before our paths as the CRMs know them; signatures rest on it, never on what a
    request says of itself. refused: answers that were none, by reason, since the process began.
    """

    public_url: str
    hooks: Mapping[tuple[str, str], Hook]
    inbox: InboxWriter
    clock: Clock
    replays: Replays = field(default_factory=Replays)
    sources: Sources = field(default_factory=Sources)
    refused: Counter[str] = field(default_factory=Counter)


class _Refused(Exception):
    """The request gets this status and nothing else; `reason` is for our own counters."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class _Answer(NamedTuple):
    """What goes out; `more` are headers beside those of the body."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = "text/plain"
    more: tuple[tuple[str, str], ...] = ()


def hooks_before(app: WSGIApplication, hooks: Hooks) -> WSGIApplication:
    """An application that takes deliveries below /hooks, and leaves everything else to `app`."""

    def door(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = _path(environ)
        if path is None:
            return app(environ, start_response)
        status, body, content_type, more = _answered(hooks, environ, path)
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *more]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    return door


def _path(environ: WSGIEnvironment) -> tuple[str, ...] | None:
    """CRM, connection and perhaps secret, as text; None for another address."""
    parts = str(environ["PATH_INFO"]).encode("latin-1").decode(errors="replace").split("/")
    if parts[:2] != ["", "hooks"] or len(parts) not in _LENGTHS or not all(parts[2:]):
        return None
    return tuple(parts[2:])


def _answered(hooks: Hooks, environ: WSGIEnvironment, path: tuple[str, ...]) -> _Answer:
    if environ["REQUEST_METHOD"] != "POST":
        return _Answer(HTTPStatus.METHOD_NOT_ALLOWED, more=(("Allow", "POST"),))
    now, source = hooks.clock(), environ.get("REMOTE_ADDR", "")
    try:
        return _take(hooks, environ, path, source, now)
    except _Refused as refused:
        hooks.refused[refused.reason] += 1
        if refused.status is HTTPStatus.UNAUTHORIZED:
            hooks.sources.refuse(source, now)
        return _Answer(refused.status)
    except TransientError:
        hooks.refused["not stored"] += 1
        return _Answer(HTTPStatus.SERVICE_UNAVAILABLE, more=(("Retry-After", RETRY_AFTER_SECONDS),))


def _take(
    hooks: Hooks, environ: WSGIEnvironment, path: tuple[str, ...], source: str, now: datetime
) -> _Answer:
    if not hooks.sources.allows(source, now):
        raise _Refused(HTTPStatus.TOO_MANY_REQUESTS, "too many")
    body = _body(environ)
    hook, reader = _reader(hooks, path)
    received = _verified(reader, environ, body, _address(hooks, environ, path), now)
    if received.proof is not None and not hooks.replays.is_new(received.proof, now):
        raise _Refused(HTTPStatus.UNAUTHORIZED, "replayed")
    try:
        hooks.inbox.keep(heard(hook.connection_id, received.hints, received.left_out, millis(now)))
    except TransientError:
        if received.proof is not None:
            hooks.replays.forget(received.proof)
        raise
    return _Answer(HTTPStatus.OK, *reader.receipt)


def _body(environ: WSGIEnvironment) -> bytes:
    """Before anything is looked up, so that it says nothing of what is here. The server has all of it already."""
    if "HTTP_CONTENT_ENCODING" in environ:
        raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "compressed")
    body: bytes = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
    return body


def _reader(hooks: Hooks, path: tuple[str, ...]) -> tuple[Hook, HintReader]:
    hook = hooks.hooks.get(path[:2])  # type: ignore[arg-type]  # two parts at least, say the routes
    reader = hook.reader() if hook else None
    if hook is None or reader is None:
        raise _Refused(HTTPStatus.UNAUTHORIZED, "unknown")
    return hook, reader


def _address(hooks: Hooks, environ: WSGIEnvironment, path: tuple[str, ...]) -> str:
    """The address that the CRM called, as far as it is known from the configuration and the path alone."""
    address = "/".join([hooks.public_url, "hooks", *(quote(part, safe="") for part in path)])
    query = environ.get("QUERY_STRING")
    return f"{address}?{query}" if query else address


def _verified(
    reader: HintReader, environ: WSGIEnvironment, body: bytes, address: str, now: datetime
) -> Received:
    headers = {name[5:].replace("_", "-"): told for name, told in environ.items() if name.startswith("HTTP_")}
    try:
        return reader.received(headers, body, address, now)
    except SignatureError as error:
        raise _Refused(HTTPStatus.UNAUTHORIZED, "not verified") from error
