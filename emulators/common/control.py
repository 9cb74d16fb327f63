"""The control room of an emulator: routes under `/_emulator/`, faults and the journal around all the rest.

    POST /_emulator/reset                    empty state; clock, faults, journal and settings as at the start
    POST /_emulator/load                     {"<object>": [native record, …], …}
    GET  /_emulator/state/<object>           {"records": […]}, deleted ones included
    GET  /_emulator/requests                 ?since=N  ?wait_for=N&timeout_seconds=S
    GET  /_emulator/requests/summary
    GET|POST /_emulator/clock                {"freeze": iso} | {"advance_seconds": n} | {"resume": true}
    GET|POST|DELETE /_emulator/faults        one rule or a list of rules (see faults.py)
    GET|POST /_emulator/settings             the emulator's own, and latency_ms (added to every request)

It is plain WSGI, so that a request without faults costs a few microseconds. Control requests are neither
journaled nor subject to faults.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.client import responses
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, unquote_plus

import orjson

from emulators.common.audit import Entry, Journal
from emulators.common.faults import HANG_LIMIT_SECONDS, Action, FaultRules
from emulators.common.server import drop_connection

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from emulators.common.clock import VirtualClock

PREFIX = "/_emulator/"
LATENCY = "latency_ms"

Extension = Callable[[str, Any], Any]
"""A further control route: takes the method and the JSON body (None without one), returns JSON."""


class Backend(Protocol):
    """What an emulator offers to the control routes."""

    def reset(self) -> None:
        """Empty the state and restore the settings of the start."""

    def load(self, records: Mapping[str, list[dict[str, Any]]]) -> Mapping[str, Any]:
        """Take native records by object; return what was loaded. ValueError or KeyError: not understood."""

    def state(self, object_name: str) -> list[dict[str, Any]]:
        """All native records of an object, deleted ones included and marked. KeyError: unknown object."""

    def settings(self) -> Mapping[str, Any]:
        """The settings in force."""

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Change settings. KeyError: unknown name; ValueError or TypeError: bad value."""


class Answer:
    """An answer held back so that a fault can still change it."""

    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def code(self) -> int:
        """The status as a number."""
        return int(self.status[:3])

    def send(self, start_response: StartResponse, body: bytes | None = None) -> list[bytes]:
        """Start the response with its true length and hand over `body` (default: all of it)."""
        headers = [pair for pair in self.headers if pair[0].lower() != "content-length"]
        if self.code not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            headers.append(("Content-Length", str(len(self.body))))
        start_response(self.status, headers)
        return [self.body if body is None else body]


class Control:
    """WSGI middleware around one emulator; see the module's text for its routes."""

    def __init__(
        self,
        app: WSGIApplication,
        backend: Backend,
        *,
        clock: VirtualClock,
        extensions: Mapping[str, Extension] | None = None,
        noted_headers: Iterable[str] = (),
        on_release: Callable[[], None] | None = None,
    ) -> None:
        self.app = app
        self.backend = backend
        self.clock = clock
        self.faults = FaultRules()
        self.journal = Journal()
        self.latency_ms = 0.0
        self._extensions = extensions or {}
        self._noted = [(name, f"HTTP_{name.upper().replace('-', '_')}") for name in noted_headers]
        self._on_release = on_release

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: a control route, or the emulator's under faults and the journal."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX):
            return self._control(environ, path[len(PREFIX) :]).send(start_response)
        entry = self.journal.arrive(
            self.clock.now(),
            environ["REQUEST_METHOD"],
            path,
            environ.get("QUERY_STRING", ""),
            int(environ.get("CONTENT_LENGTH") or 0),
        )
        entry.headers = {name: environ[key] for name, key in self._noted if key in environ}
        started = time.perf_counter()
        status, sent = int(HTTPStatus.INTERNAL_SERVER_ERROR), b""
        try:
            answer, sent = self._handle(environ, entry)
            status = answer.code if answer else 0
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            self.journal.answer(entry, status=status, response_bytes=len(sent), milliseconds=milliseconds)
        if answer is None:
            return drop_connection(environ, start_response)
        return answer.send(start_response, sent)

    def release(self) -> None:
        """Let go of the requests that hang and of what runs by itself, so that the server can stop."""
        self.faults.clear()
        if self._on_release is not None:
            self._on_release()

    def _handle(self, environ: WSGIEnvironment, entry: Entry) -> tuple[Answer | None, bytes]:
        """The answer and the part of its body to send; None for a connection to be lost."""
        if self.latency_ms:
            time.sleep(self.latency_ms / 1000)
        decision = None if self.faults.is_empty else self._decide(environ, entry)
        if decision is None:
            answer = _run(self.app, environ)
            return answer, answer.body
        action, released = decision
        if action.delay_seconds:
            time.sleep(action.delay_seconds)
        if action.hang:
            released.wait(HANG_LIMIT_SECONDS)
        if action.hang or action.drop == "before":
            return None, b""
        answer = _faulty_answer(action, self.clock.now()) if action.status else _run(self.app, environ)
        if action.drop == "after":
            return None, b""
        return answer, answer.body[: len(answer.body) // 2] if action.half else answer.body

    def _decide(self, environ: WSGIEnvironment, entry: Entry) -> tuple[Action, Any] | None:
        body = b""
        if self.faults.reads_bodies:
            body = environ["wsgi.input"].read(entry.request_bytes)
            environ["wsgi.input"] = BytesIO(body)
        return self.faults.decide(entry.method, entry.path, unquote_plus(entry.query), body)

    def _control(self, environ: WSGIEnvironment, route: str) -> Answer:
        method = environ["REQUEST_METHOD"]
        try:
            body = _body(environ)
            result = self._route(method, route, body, parse_qs(environ.get("QUERY_STRING", "")))
        except (KeyError, ValueError, TypeError) as problem:
            return _json_answer(HTTPStatus.BAD_REQUEST, {"error": f"{type(problem).__name__}: {problem}"})
        if result is None:
            return _json_answer(HTTPStatus.NOT_FOUND, {"error": f"no control route {method} {route}"})
        return _json_answer(HTTPStatus.OK, result)

    def _route(self, method: str, route: str, body: Any, query: dict[str, list[str]]) -> Any:
        """The JSON of a control route; None when there is no such route."""
        if route in self._extensions:
            return self._extensions[route](method, body)
        if method == "GET" and route.startswith("state/"):
            return {"records": self.backend.state(route.removeprefix("state/"))}
        routes: dict[str, Callable[[], Any]] = {
            "POST reset": self._reset,
            "POST load": lambda: {"loaded": self.backend.load(body)},
            "GET requests": lambda: self._requests(query),
            "GET requests/summary": self.journal.summary,
            "GET clock": self.clock.state,
            "POST clock": lambda: self._set_clock(body),
            "GET faults": lambda: {"faults": self.faults.listing()},
            "POST faults": lambda: self._add_faults(body),
            "DELETE faults": self._clear_faults,
            "GET settings": lambda: self._change_settings({}),
            "POST settings": lambda: self._change_settings(body),
        }
        handler = routes.get(f"{method} {route}")
        return handler() if handler else None

    def _reset(self) -> dict[str, bool]:
        self.clock.resume()
        self.faults.clear()
        self.latency_ms = 0.0
        self.backend.reset()
        self.journal.reset()
        return {"reset": True}

    def _requests(self, query: dict[str, list[str]]) -> dict[str, Any]:
        if "wait_for" in query:
            timeout_seconds = float(query.get("timeout_seconds", ["10"])[0])
            self.journal.wait_for_arrival(int(query["wait_for"][0]), timeout_seconds)
        return self.journal.listing(int(query.get("since", ["0"])[0]))

    def _set_clock(self, change: dict[str, Any]) -> Mapping[str, Any]:
        if "freeze" in change:
            self.clock.freeze(datetime.fromisoformat(change["freeze"]))
        if "advance_seconds" in change:
            self.clock.advance(float(change["advance_seconds"]))
        if change.get("resume"):
            self.clock.resume()
        return self.clock.state()

    def _add_faults(self, body: Any) -> dict[str, list[int]]:
        rules = body if isinstance(body, list) else [body]
        return {"ids": [self.faults.add(source).id for source in rules]}

    def _clear_faults(self) -> dict[str, list[Any]]:
        self.faults.clear()
        return {"faults": []}

    def _change_settings(self, changes: dict[str, Any]) -> dict[str, Any]:
        if LATENCY in changes:
            self.latency_ms = float(changes[LATENCY])
        others = {name: value for name, value in changes.items() if name != LATENCY}
        if others:
            self.backend.change_settings(others)
        return {LATENCY: self.latency_ms, **self.backend.settings()}


def _body(environ: WSGIEnvironment) -> Any:
    """The JSON of a control request, None without one; its text, half a gigabyte of a load, is not kept."""
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return orjson.loads(raw) if raw else None


def _run(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Call the emulator and collect its whole answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
        started.append((status, headers))

    parts = app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return Answer(status, headers, body)


def _faulty_answer(action: Action, now: datetime) -> Answer:
    status = action.status or HTTPStatus.INTERNAL_SERVER_ERROR
    text = isinstance(action.body, str)
    body = action.body.encode() if text else b"" if action.body is None else orjson.dumps(action.body)
    headers = {
        "Content-Type": "text/html" if text else "application/json",
        "Date": format_datetime(now, usegmt=True),
    }
    headers |= action.headers
    return Answer(f"{int(status)} {_phrase(status)}", list(headers.items()), body)


def _phrase(status: int) -> str:
    """The reason phrase; vendors also use statuses that no standard knows (477, 523)."""
    return responses.get(status, "Fault")


def _json_answer(status: HTTPStatus, value: Any) -> Answer:
    headers = [("Content-Type", "application/json")]
    return Answer(f"{status.value} {status.phrase}", headers, orjson.dumps(value))
