"""The emulated HubSpot as one WSGI application."""

from __future__ import annotations

from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from emulators.common.clock import VirtualClock
from emulators.common.control import Control
from emulators.hubspot import loading, scopes
from emulators.hubspot.admin import CONTROL_ROUTES
from emulators.hubspot.errors import ApiError
from emulators.hubspot.http import Reply, Request, parse_query
from emulators.hubspot.limits import RequestLimits
from emulators.hubspot.portal import Portal
from emulators.hubspot.routes import find_route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from emulators.common.control import Extension
    from emulators.hubspot.admin import ControlHandler

_BEARER = "Bearer "


class HubSpot:
    """The API of one portal, and its back side for the control routes."""

    def __init__(self, clock: VirtualClock) -> None:
        self._portal = Portal(clock)
        self._limits = RequestLimits()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one API request."""
        correlation_id = str(uuid4())
        request = _request(environ)
        with self._portal.lock:
            reply, limit_headers = self._answer(request, correlation_id)
            body = reply.encoded()
        status = HTTPStatus(reply.status)
        headers = [*reply.header_list(), *limit_headers.items()]
        headers.append(("X-HubSpot-Correlation-Id", correlation_id))
        headers.append(("Date", format_datetime(self._portal.clock.now(), usegmt=True)))
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _answer(self, request: Request, correlation_id: str) -> tuple[Reply, dict[str, str]]:
        limit_headers: dict[str, str] = {}
        try:
            route, values = find_route(request.method, request.path)
            if route.needs_token:
                settings = self._portal.settings
                caller = self._portal.grants.caller(request.token, settings, self._portal.now_ms())
                limit_headers = self._limits.take(settings, caller, is_search=route.is_search)
                type_name = str(values.get("type_name") or values.get("from_name") or "")
                scopes.require(caller.scopes, route.area, route.access, type_name)
            self._portal.settle()
            return route.handler(self._portal, request, **values), limit_headers
        except ApiError as problem:
            return Reply(problem.status, problem.body(correlation_id), problem.headers), limit_headers

    def control_routes(self) -> dict[str, Extension]:
        """The control routes that only a HubSpot has."""
        return {name: self._locked(handler) for name, handler in CONTROL_ROUTES.items()}

    def _locked(self, handler: ControlHandler) -> Extension:
        def answer(method: str, body: Any) -> Any:
            with self._portal.lock:
                self._portal.settle()
                return handler(self._portal, method, body or {})

        return answer

    def reset(self) -> None:
        """Begin anew."""
        with self._portal.lock:
            self._portal.clear()
            self._limits = RequestLimits()

    def load(self, records: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take native records; see `loading.load`."""
        with self._portal.lock:
            try:
                return loading.load(self._portal, records)
            except ApiError as problem:
                raise ValueError(problem.message) from problem

    def state(self, object_name: str) -> list[dict[str, Any]]:
        """Everything of one kind; see `loading.state`."""
        with self._portal.lock:
            self._portal.settle()
            return loading.state(self._portal, object_name)

    def settings(self) -> Mapping[str, Any]:
        """The settings in force."""
        return self._portal.settings.as_dict()

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Change settings; see `settings.Settings`."""
        with self._portal.lock:
            self._portal.change_settings(dict(changes))


def create_app(*, clock: VirtualClock | None = None) -> Control:
    """A new emulated portal with its control routes, ready to be served."""
    clock = clock or VirtualClock()
    portal = HubSpot(clock)
    return Control(portal, portal, clock=clock, extensions=portal.control_routes())


def _request(environ: WSGIEnvironment) -> Request:
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return Request(
        method=environ["REQUEST_METHOD"],
        # WSGI hands the path over as Latin-1 text of UTF-8 bytes.
        path=environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
        query=parse_query(environ.get("QUERY_STRING", "")),
        raw=environ["wsgi.input"].read(length) if length else b"",
        token=authorization.removeprefix(_BEARER) if authorization.startswith(_BEARER) else "",
    )
