"""POST /hooks/CRM/CONNECTION: a CRM tells that records changed.

A request is answered well only when what it told is stored. Every other answer has no body and says nothing of
what is here: an unknown connection, a missing secret and a wrong signature are all the same 401.

This is plain WSGI before Flask: a flood brings 500 requests a second, and Flask's contexts, routes and response
take a fifth of what one costs. What waits for its commit is answered by an iterable that a server with a loop can
await (`WhenStored`), so that no thread waits with it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from core.clock import Clock, millis
from core.errors import SignatureError, TransientError
from core.hints import HintReader, Receipt, Received
from store.heard import heard
from store.inbox_writer import InboxWriter
from webhooks.replays import Replays
from webhooks.sources import Sources

MAX_BODY_BYTES = 1 << 20
RETRY_AFTER_SECONDS = "10"
PATIENCE_SECONDS = 8.0
"""How long a delivery waits for its commit; the CRMs wait for five seconds and more."""
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


@dataclass(frozen=True, slots=True)
class _Taken:
    """A delivery that the inbox has, but may not have stored yet."""

    receipt: Receipt
    proof: bytes | None
    stored: Future[None]


@dataclass(slots=True)
class WhenStored:
    """The body of an answer that begins when its delivery is stored, or is not; iterating it waits for that."""

    stored: Future[None]
    settle: Callable[[float], bytes]
    """Begins the answer after at most so many seconds, and gives its body."""
    _patience: float = PATIENCE_SECONDS

    async def wait(self) -> None:
        """Wait without holding up a loop; iterating goes on at once after it."""
        with suppress(TimeoutError, TransientError):
            async with asyncio.timeout(self._patience):
                await asyncio.wrap_future(self.stored)
        self._patience = 0.0

    def __iter__(self) -> Iterator[bytes]:
        yield self.settle(self._patience)


def hooks_before(app: WSGIApplication, hooks: Hooks) -> WSGIApplication:
    """An application that takes deliveries below /hooks, and leaves everything else to `app`."""

    def door(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = _path(environ)
        if path is None:
            return app(environ, start_response)
        found = _answered(hooks, environ, path)
        if isinstance(found, _Answer):
            return [_begin(start_response, found)]
        return WhenStored(
            found.stored, lambda patience: _begin(start_response, _settled(hooks, found, patience))
        )

    return door


def _begin(start_response: StartResponse, answer: _Answer) -> bytes:
    status, body, content_type, more = answer
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *more]
    start_response(f"{status.value} {status.phrase}", headers)
    return body


def _path(environ: WSGIEnvironment) -> tuple[str, ...] | None:
    """CRM, connection and perhaps secret, as text; None for another address."""
    parts = str(environ["PATH_INFO"]).encode("latin-1").decode(errors="replace").split("/")
    if parts[:2] != ["", "hooks"] or len(parts) not in _LENGTHS or not all(parts[2:]):
        return None
    return tuple(parts[2:])


def _answered(hooks: Hooks, environ: WSGIEnvironment, path: tuple[str, ...]) -> _Answer | _Taken:
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
        return _not_stored(hooks)


def _take(
    hooks: Hooks, environ: WSGIEnvironment, path: tuple[str, ...], source: str, now: datetime
) -> _Taken:
    if not hooks.sources.allows(source, now):
        raise _Refused(HTTPStatus.TOO_MANY_REQUESTS, "too many")
    body = _body(environ)
    hook, reader = _reader(hooks, path)
    received = _verified(reader, environ, body, _address(hooks, environ, path), now)
    if received.proof is not None and not hooks.replays.is_new(received.proof, now):
        raise _Refused(HTTPStatus.UNAUTHORIZED, "replayed")
    try:
        stored = hooks.inbox.keep(heard(hook.connection_id, received.hints, received.left_out, millis(now)))
    except TransientError:
        _may_come_again(hooks, received.proof)
        raise
    return _Taken(reader.receipt, received.proof, stored)


def _settled(hooks: Hooks, taken: _Taken, patience: float) -> _Answer:
    """The answer to a delivery, as it is known after at most so many seconds."""
    try:
        taken.stored.result(patience)
    except (TransientError, TimeoutError, CancelledError):
        _may_come_again(hooks, taken.proof)
        return _not_stored(hooks)
    return _Answer(HTTPStatus.OK, *taken.receipt)


def _may_come_again(hooks: Hooks, proof: bytes | None) -> None:
    if proof is not None:
        hooks.replays.forget(proof)


def _not_stored(hooks: Hooks) -> _Answer:
    hooks.refused["not stored"] += 1
    return _Answer(HTTPStatus.SERVICE_UNAVAILABLE, more=(("Retry-After", RETRY_AFTER_SECONDS),))


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
