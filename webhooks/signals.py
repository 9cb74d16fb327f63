"""POST /signals: signals from any tool that can send JSON, one object or a batch.

Every item has the columns of core.signals. Good items are kept, and the answer says of each bad one what is
wrong. A request with an Idempotency-Key that was seen before gets the first answer again and stores nothing.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from core.clock import Clock, millis
from core.secrets import SecretText
from core.signals import COLUMNS, Signal, SignalFault, read_signal, shown
from store.database import Database
from store.postings import answer_once, forget_answers, keep_with_answer
from store.signals import Kept, keep_signals

MAX_BODY_BYTES = 1 << 20
MAX_ITEMS = 1_000
_MAX_KEY = 255
_KEPT_FOR = timedelta(days=1)
"""How long a repeated request is recognised by its Idempotency-Key."""

Item = Signal | SignalFault


@dataclass(frozen=True, slots=True)
class SignalInbox:
    """Where signals go, and the token that senders must know; without a token nothing is there."""

    database: Database
    token: SecretText | None
    clock: Clock


class _Unusable(Exception):
    """A request that cannot be read as a whole."""

    def __init__(self, status: HTTPStatus, problem: str) -> None:
        super().__init__(problem)
        self.status, self.problem = status, problem


def signals_blueprint(inbox: SignalInbox) -> Blueprint:
    """The blueprint that answers POST /signals."""
    blueprint = Blueprint("signals", __name__)

    @blueprint.post("/signals")
    def post_signals() -> Response:
        if inbox.token is None:
            return Response(status=HTTPStatus.NOT_FOUND)
        if not _is_known(request.headers.get("Authorization", ""), inbox.token):
            return Response(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
        try:
            return _receive(inbox)
        except _Unusable as error:
            return _json(error.status, orjson.dumps({"error": error.problem}))

    return blueprint


def _is_known(header: str, token: SecretText) -> bool:
    """Compares in constant time; whatever the header is, the answer takes as long."""
    scheme, _, given = header.partition(" ")
    return hmac.compare_digest(given.strip().encode(), token.plain().encode()) and scheme.lower() == "bearer"


def _receive(inbox: SignalInbox) -> Response:
    body = _body()
    key = _idempotency_key()
    now = inbox.clock()
    fingerprint = hashlib.sha256(body).hexdigest()
    posted = answer_once(inbox.database, key) if key else None
    if posted is None:
        items = [_read(item, now) for item in _items(body)]
        signals = [item for item in items if isinstance(item, Signal)]
        if key is None:
            answer = _answer(items, keep_signals(inbox.database, signals, now_ms=millis(now)))
            return _from_text(answer)
        forget_answers(inbox.database, before_ms=millis(now - _KEPT_FOR))
        posted = keep_with_answer(
            inbox.database,
            signals,
            lambda kept: _answer(items, kept),
            key=key,
            fingerprint=fingerprint,
            now_ms=millis(now),
        )
    if posted.fingerprint != fingerprint:
        raise _Unusable(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "This Idempotency-Key came with another body before; use a new key for a new request.",
        )
    return _from_text(posted.answer)


def _body() -> bytes:
    request.max_content_length = MAX_BODY_BYTES
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        problem = f"The body is larger than {MAX_BODY_BYTES:,} bytes; send several requests."
        raise _Unusable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem) from error


def _idempotency_key() -> str | None:
    """The key's hash, so that whatever a sender puts there has one length in the store."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= _MAX_KEY:
        problem = f"An Idempotency-Key has 1 to {_MAX_KEY} characters."
        raise _Unusable(HTTPStatus.BAD_REQUEST, problem)
    return hashlib.sha256(key.encode()).hexdigest()


def _items(body: bytes) -> Sequence[object]:
    """The items of a body. The parser bounds the depth; read_signal refuses whatever is nested in an item."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _Unusable(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {error}.") from error
    items: Sequence[object] = parsed if isinstance(parsed, list) else [parsed]
    if len(items) > MAX_ITEMS:
        problem = f"{len(items):,} signals are more than the {MAX_ITEMS:,} of one request; send several."
        raise _Unusable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem)
    return items


def _read(item: object, now: datetime) -> Item:
    if not isinstance(item, Mapping):
        return SignalFault("item", "is no object", f"send an object with {', '.join(COLUMNS)}")
    unknown = sorted(item.keys() - set(COLUMNS))
    if unknown:
        advice = f"remove it; there are {', '.join(COLUMNS)}"
        return SignalFault("item", "has a key that is not known", advice, shown(unknown[0]))
    try:
        return read_signal(item, now)
    except SignalFault as fault:
        return fault


def _answer(items: Sequence[Item], kept: Sequence[Kept]) -> str:
    """The status and the JSON document behind it: what became of each item, in the order of the request."""
    outcomes = iter(kept)
    results = [
        {"status": "refused", "column": item.column, "problem": str(item)}
        if isinstance(item, SignalFault)
        else {"status": str(next(outcomes)), "id": item.id}
        for item in items
    ]
    refused = sum(isinstance(item, SignalFault) for item in items)
    counts = {str(outcome): kept.count(outcome) for outcome in Kept} | {"refused": refused}
    is_lost = bool(items) and refused == len(items)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_lost else HTTPStatus.OK
    return f"{int(status)} {orjson.dumps({**counts, 'results': results}).decode()}"


def _from_text(answer: str) -> Response:
    status, _, document = answer.partition(" ")
    return _json(HTTPStatus(int(status)), document.encode())


def _json(status: HTTPStatus, document: bytes) -> Response:
    return Response(document, status=status, mimetype="application/json")
