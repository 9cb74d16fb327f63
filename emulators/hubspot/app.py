"""The emulated HubSpot as one WSGI application."""

from __future__ import annotations

from email.utils import format_datetime
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from emulators.common.clock import VirtualClock
from emulators.common.control import Control
from emulators.common.packing import packed
from emulators.hubspot import loading, scopes
from emulators.hubspot.admin import CONTROL_ROUTES
from emulators.hubspot.errors import ApiError
from emulators.hubspot.events import UI, of_app
from emulators.hubspot.http import Reply, Request, parse_query
from emulators.hubspot.limits import RequestLimits
from emulators.hubspot.portal import Portal
from emulators.hubspot.routes import find_route
from emulators.hubspot.rules import ENFORCING
from emulators.hubspot.webhooks import control

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from emulators.common.control import Extension
    from emulators.hubspot.admin import ControlHandler

_BEARER = "Bearer "
# What every recorded answer of 2026 has, whatever it is about; the ray is that of no edge.
_EVERYWHERE = [
    ("Vary", "origin, accept-encoding"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"),
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Credentials", "false"),
    ("CF-Cache-Status", "DYNAMIC"),
    ("CF-Ray", "0000000000000000-EMU"),
    ("Server", "cloudflare"),
]
_MIGRATION = 477


class HubSpot:
    """The API of one portal, and its back side for the control routes."""

    def __init__(self, clock: VirtualClock) -> None:
        self._portal = Portal(clock)
        self._limits = RequestLimits()
        self._background = control.Background()

    @property
    def clock(self) -> VirtualClock:
        """The portal's clock."""
        return self._portal.clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one API request."""
        correlation_id = str(uuid4())
        request = _request(environ)
        with self._portal.lock:
            reply, limit_headers = self._answer(request, correlation_id)
            body = reply.encoded()
        body, said = packed(body, environ) if self._portal.settings.gzip else (body, {})
        headers = [*reply.header_list(), *limit_headers.items(), *said.items()]
        headers += _EVERYWHERE
        headers.append(("X-HubSpot-Correlation-Id", correlation_id))
        headers.append(("Server-Timing", f'hcid;desc="{correlation_id}"'))
        headers.append(("Date", format_datetime(self._portal.clock.now(), usegmt=True)))
        start_response(f"{int(reply.status)} {responses.get(reply.status, 'Fault')}", headers)
        return [body]

    def _answer(self, request: Request, correlation_id: str) -> tuple[Reply, dict[str, str]]:
        limit_headers: dict[str, str] = {}
        try:
            self._refuse_whole(request)
            route, values = find_route(request.method, request.path)
            if not route.needs_token:
                self._portal.settle()
                return route.handler(self._portal, request, **values), limit_headers
            settings = self._portal.settings
            caller = self._portal.grants.caller(request.token, settings, self._portal.now_ms())
            if not route.is_exempt:
                now = self._portal.clock.now()
                limit_headers = self._limits.take(settings, caller, now, is_search=route.is_search)
            type_name = str(values.get("type_name") or values.get("from_name") or "")
            scopes.require(caller, route.area, route.access, type_name)
            self._portal.settle()
            enforces = settings.rules_everywhere or ENFORCING in request.path
            with self._portal.acting_as(of_app(caller.app_id), enforces_rules=enforces):
                return route.handler(self._portal, request, **values), limit_headers
        except ApiError as problem:
            return Reply(problem.status, problem.body(correlation_id), problem.headers), limit_headers

    def _refuse_whole(self, request: Request) -> None:
        """Raise what answers a request whatever it asks for: a long address, an account that is being moved."""
        settings = self._portal.settings
        if request.target_size > settings.max_url:
            # Assumption: the body, and the size at which it begins: 5,116 characters were still answered.
            raise ApiError(HTTPStatus.REQUEST_URI_TOO_LONG, "URI Too Long", category="VALIDATION_ERROR")
        if settings.migration_retry_after is not None:
            # Documented: status and header. Assumption: the body.
            raise ApiError(
                _MIGRATION,
                "This account is being moved to another data hosting location.",
                headers={"Retry-After": str(settings.migration_retry_after)},
                category="MIGRATION_IN_PROGRESS",
            )

    def control_routes(self) -> dict[str, Extension]:
        """The control routes that only a HubSpot has."""
        portal, sending = self._portal, self._background

        routes: dict[str, Extension] = {
            **{name: self._locked(handler) for name, handler in CONTROL_ROUTES.items()},
            # These lock the portal themselves: a subscriber may call the API while it is being served.
            "webhooks": lambda method, body: control.webhooks(portal, method, body),
            "webhooks/deliver": lambda method, body: control.deliver_due(portal, method, body),
            "webhooks/background": lambda _method, body: control.background(sending, portal, body),
        }
        return {name: _refusing(route) for name, route in routes.items()}

    def _locked(self, handler: ControlHandler) -> Extension:
        def answer(method: str, body: Any) -> Any:
            with self._portal.lock, self._portal.acting_as(UI, enforces_rules=True):
                self._portal.settle()
                return handler(self._portal, method, body)

        return answer

    def reset(self) -> None:
        """Begin anew."""
        self.release()
        with self._portal.lock:
            self._portal.clear()
            self._limits = RequestLimits()

    def release(self) -> None:
        """End what runs by itself."""
        self._background.stop()

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
    return around(HubSpot(clock or VirtualClock()))


def around(portal: HubSpot) -> Control:
    """The control routes around a portal that is there (a copy of another one, for example)."""
    routes = portal.control_routes()
    return Control(portal, portal, clock=portal.clock, extensions=routes, on_release=portal.release)


def _refusing(route: Extension) -> Extension:
    """A control route that says with a ValueError what the API would refuse."""

    def answer(method: str, body: Any) -> Any:
        try:
            return route(method, body or {})
        except ApiError as problem:
            raise ValueError(problem.message) from problem

    return answer


def _request(environ: WSGIEnvironment) -> Request:
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    return Request(
        method=environ["REQUEST_METHOD"],
        # WSGI hands the path over as Latin-1 text of UTF-8 bytes.
        path=path.encode("latin-1").decode("utf-8", "replace"),
        query=parse_query(query),
        raw=environ["wsgi.input"].read(length) if length else b"",
        token=authorization.removeprefix(_BEARER) if authorization.startswith(_BEARER) else "",
        base_url=f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', 'localhost')}",
        target_size=len(path) + len(query) + 1,
    )
