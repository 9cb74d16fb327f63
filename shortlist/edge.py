"""The edge: what every request meets before a blueprint does. Which proxies are believed is a number, never a guess."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
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
    app.wsgi_app = _guarded(app.wsgi_app, settings, monotonic)  # type: ignore[assignment, method-assign]
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _guarded(
    app: WSGIApplication, settings: ServeSettings, monotonic: Callable[[], float]
) -> WSGIApplication:
    """Around the application and not in Flask's hooks, which cost a flood's requests a tenth of a millisecond."""
    limit = RateLimit(settings.requests_per_second, monotonic)
    trusted, headers = tuple(trusted_hosts(settings)), _headers(settings)

    def refusal(environ: WSGIEnvironment) -> WSGIApplication | None:
        if not limit.allows(environ.get("REMOTE_ADDR", "")):
            return Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "1"})
        try:
            server = environ["SERVER_NAME"], int(environ["SERVER_PORT"])
            _check_host(environ["wsgi.url_scheme"], environ.get("HTTP_HOST"), server, trusted)
        except SecurityError as refused:
            return refused.get_response(environ)
        return None

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = refusal(environ) or app
        return answer(environ, _adding(headers, start_response))

    return guarded


@lru_cache(maxsize=128)
def _check_host(scheme: str, host: str | None, server: tuple[str, int], trusted: tuple[str, ...]) -> None:
    """Raises SecurityError, and therefore remembers only hosts that are trusted."""
    get_host(scheme, host, server, trusted)


def _adding(headers: Sequence[tuple[str, str]], start_response: StartResponse) -> StartResponse:
    """Begins an answer with these headers too, where it does not set them itself."""

    def start(status: str, told: list[tuple[str, str]], *error: Any) -> Any:
        own = {name.lower() for name, _ in told}
        return start_response(status, told + [one for one in headers if one[0].lower() not in own], *error)

    return start


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
