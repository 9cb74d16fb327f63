"""The web application as a server with one loop calls it (ASGI).

Deliveries of webhooks are taken in the loop itself, hundreds a second, and wait there for their commit without a
thread each. Everything else may wait for the database, and therefore runs on threads.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIApplication

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import build_environ

from webhooks.hints import WhenStored

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LoopApplication = Callable[[Scope, Receive, Send], Awaitable[None]]
_Headers = Iterable[tuple[bytes, bytes]]

_MAX_BODY_BYTES = 2 << 20
"""The ceiling of every path; a path may allow less and say so in its own words."""
_BODY_SECONDS = 30.0
"""A body that is not whole by then is not waited for."""
_DELIVERIES = "/hooks/"
_OF_TRANSFER = (b"content-length", b"transfer-encoding")
_THREADS = 16


class _Unanswerable(Exception):
    """The request's body does not come, or is too large; None where nobody waits for an answer."""

    def __init__(self, status: HTTPStatus | None) -> None:
        super().__init__(status)
        self.status = status


def on_loop(app: WSGIApplication) -> LoopApplication:
    """An application for a loop that answers what the WSGI application would."""
    threads: Any = WSGIMiddleware(app, workers=_THREADS)  # type: ignore[arg-type]  # its own type of the same

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(scope, receive)
        except _Unanswerable as found:
            if found.status:
                await _send(send, found.status, [(b"content-length", b"0"), (b"connection", b"close")])
            return
        plain = {**scope, "headers": _told(scope["headers"], body)}
        if scope["path"].startswith(_DELIVERIES):
            await _take(app, plain, body, send)
        else:
            await threads(plain, _again(body, receive), send)

    return answer


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises _Unanswerable."""
    if int(dict(scope["headers"]).get(b"content-length", 0)) > _MAX_BODY_BYTES:
        raise _Unanswerable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await _joined(receive)
    except TimeoutError:
        raise _Unanswerable(HTTPStatus.REQUEST_TIMEOUT) from None


async def _joined(receive: Receive) -> bytes:
    parts, size, has_more = [], 0, True
    while has_more:
        message = await receive()
        if message["type"] != "http.request":
            raise _Unanswerable(None)
        parts.append(message.get("body", b""))
        size, has_more = size + len(parts[-1]), message.get("more_body", False)
        if size > _MAX_BODY_BYTES:
            raise _Unanswerable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return b"".join(parts)


def _told(headers: _Headers, body: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of a body that is whole, without names that WSGI could not tell from others.

    X_Forwarded_For would pass as X-Forwarded-For.
    """
    kept = [one for one in headers if one[0] not in _OF_TRANSFER and b"_" not in one[0]]
    return [*kept, (b"content-length", str(len(body)).encode())]


async def _take(app: WSGIApplication, scope: Scope, body: bytes, send: Send) -> None:
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_error: Any) -> Any:
        begun[:] = [(status, headers)]

    environ: Any = build_environ(scope, BytesIO(body))  # type: ignore[arg-type]  # whatever can be read
    found = app(environ, start_response)
    if isinstance(found, WhenStored):
        await found.wait()
    answer = b"".join(found)
    status, headers = begun[0]
    wire = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await _send(send, int(status[:3]), wire, answer)


def _again(body: bytes, receive: Receive) -> Receive:
    """What was received already, then whatever comes after it."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def told() -> Message:
        return messages.pop() if messages else await receive()

    return told


async def _send(send: Send, status: int, headers: _Headers, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
