"""The edge: what every request meets before a blueprint does. Which proxies are believed is a number, never a guess."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import get_host

from core.config import ServeSettings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HSTS = "max-age=31536000"
_LOOPBACK = ("127.0.0.1", "localhost")
_MOST_CLIENTS = 10_000
_BURST_SECONDS = 2.0


def harden(app: Flask, settings: ServeSettings, monotonic: Callable[[], float]) -> None:
    """Check hosts, believe so many proxies, limit the rate of each client, and set the headers of every answer."""
    app.wsgi_app = _guarded(app.wsgi_app, settings, monotonic)  # type: ignore[method-assign]
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _guarded(
    app: WSGIApplication, settings: ServeSettings, monotonic: Callable[[], float]
) -> WSGIApplication:
    """Around the application and not in its hooks, which take a tenth of a millisecond for a flood's requests."""
    limit = RateLimit(settings.requests_per_second, monotonic)
    trusted, headers = trusted_hosts(settings), _headers(settings)

    @lru_cache(maxsize=128)
    def check_host(scheme: str, host: str | None, server: tuple[str, int]) -> None:
        """Raises SecurityError, and so remembers only hosts that are trusted."""
        get_host(scheme, host, server, trusted)

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, told: list[tuple[str, str]], *error: Any) -> Any:
            named = {name.lower() for name, _ in told}
            return start_response(
                status, told + [one for one in headers if one[0].lower() not in named], *error
            )

        if not limit.allows(environ.get("REMOTE_ADDR", "")):
            slow_down = Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "1"})
            return slow_down(environ, start)
        try:
            server = environ["SERVER_NAME"], int(environ["SERVER_PORT"])
            check_host(environ["wsgi.url_scheme"], environ.get("HTTP_HOST"), server)
        except SecurityError as refused:
            return refused.get_response(environ)(environ, start)
        return app(environ, start)

    return guarded


def _headers(settings: ServeSettings) -> list[tuple[str, str]]:
    is_https = (settings.public_url or "").startswith("https://")
    return [*_HEADERS.items(), *([("Strict-Transport-Security", _HSTS)] if is_https else [])]


def trusted_hosts(settings: ServeSettings) -> list[str]:
    """The names under which requests may come: this machine's loopback, the public one, and those configured."""
    public = urlsplit(settings.public_url or "").hostname
    return [*_LOOPBACK, *([public] if public else []), *settings.trusted_hosts]


@dataclass
class RateLimit:
    """A bucket of requests for each client address; the clients seen longest ago are forgotten first."""

    per_second: float
    monotonic: Callable[[], float]
    _buckets: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, client: str) -> bool:
        """Count a request; whether it is within the limit."""
        now, most = self.monotonic(), self.per_second * _BURST_SECONDS
        with self._guard:
            left, at = self._buckets.pop(client, (most, now))
            left = min(most, left + (now - at) * self.per_second)
            allowed = left >= 1
            self._buckets[client] = (left - 1 if allowed else left, now)
            if len(self._buckets) > _MOST_CLIENTS:
                self._buckets.popitem(last=False)
        return allowed
