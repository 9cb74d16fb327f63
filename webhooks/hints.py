"""POST /hooks/CRM/CONNECTION: a CRM tells that records changed.

A request is answered well only when what it told is stored. Every other answer has no body and says nothing of
what is here: an unknown connection, a missing secret and a wrong signature are all the same 401.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from core.clock import Clock, millis
from core.errors import SignatureError, TransientError
from core.hints import HintReader, Received
from store.inbox import heard
from store.inbox_writer import InboxWriter
from webhooks.replays import Replays
from webhooks.sources import Sources

MAX_BODY_BYTES = 1 << 20
RETRY_AFTER_SECONDS = "10"


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


def hints_blueprint(hooks: Hooks) -> Blueprint:
    """The blueprint that answers below /hooks."""
    blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

    @blueprint.post("/<crm>/<connection>")
    def signed(crm: str, connection: str) -> Response:
        return _answered(hooks, crm, connection)

    @blueprint.post("/<crm>/<connection>/<secret>")
    def with_secret(crm: str, connection: str, secret: str) -> Response:
        return _answered(hooks, crm, connection, secret)

    return blueprint


def _answered(hooks: Hooks, *path: str) -> Response:
    now, source = hooks.clock(), request.remote_addr or ""
    try:
        return _take(hooks, path, source, now)
    except _Refused as refused:
        hooks.refused[refused.reason] += 1
        if refused.status is HTTPStatus.UNAUTHORIZED:
            hooks.sources.refuse(source, now)
        return Response(status=refused.status)
    except TransientError:
        hooks.refused["not stored"] += 1
        waits = {"Retry-After": RETRY_AFTER_SECONDS}
        return Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=waits)


def _take(hooks: Hooks, path: tuple[str, ...], source: str, now: datetime) -> Response:
    if not hooks.sources.allows(source, now):
        raise _Refused(HTTPStatus.TOO_MANY_REQUESTS, "too many")
    body = _body()
    hook, reader = _reader(hooks, path)
    received = _verified(hooks, reader, body, path, now)
    if received.proof is not None and not hooks.replays.is_new(received.proof, now):
        raise _Refused(HTTPStatus.UNAUTHORIZED, "replayed")
    try:
        hooks.inbox.keep(heard(hook.connection_id, received.hints, received.left_out, millis(now)))
    except TransientError:
        if received.proof is not None:
            hooks.replays.forget(received.proof)
        raise
    return Response(reader.receipt.body, content_type=reader.receipt.content_type)


def _body() -> bytes:
    """Before anything is looked up, so that it says nothing of what is here."""
    if "Content-Encoding" in request.headers:
        raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "compressed")
    request.max_content_length = MAX_BODY_BYTES
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large") from error
    except ClientDisconnected as error:
        raise _Refused(HTTPStatus.BAD_REQUEST, "broken off") from error


def _reader(hooks: Hooks, path: tuple[str, ...]) -> tuple[Hook, HintReader]:
    hook = hooks.hooks.get(path[:2])  # type: ignore[arg-type]  # two parts at least, say the routes
    reader = hook.reader() if hook else None
    if hook is None or reader is None:
        raise _Refused(HTTPStatus.UNAUTHORIZED, "unknown")
    return hook, reader


def _verified(
    hooks: Hooks, reader: HintReader, body: bytes, path: tuple[str, ...], now: datetime
) -> Received:
    address = "/".join([hooks.public_url, "hooks", *(quote(part, safe="") for part in path)])
    if request.query_string:
        address += f"?{request.query_string.decode('latin-1')}"
    try:
        return reader.received(dict(request.headers.items()), body, address, now)
    except SignatureError as error:
        raise _Refused(HTTPStatus.UNAUTHORIZED, "not verified") from error
