"""The edge: what every request meets before a blueprint does. Which proxies are believed is a number, never a guess."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

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
    app.config["TRUSTED_HOSTS"] = trusted_hosts(settings)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    limit = RateLimit(settings.requests_per_second, monotonic)
    is_https = (settings.public_url or "").startswith("https://")

    @app.before_request
    def slow_down() -> Response | None:
        if limit.allows(request.remote_addr or ""):
            return None
        return Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "1"})

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if is_https:
            response.headers.setdefault("Strict-Transport-Security", _HSTS)
        return response


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
