"""HubSpot's own client in raw form behind the transport: timeouts, gzip, live rate limits, one per thread."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
import urllib3
from hubspot.crm.objects import ApiClient, ApiException, Configuration

from connectors.hubspot.answers import classify, unexpected
from connectors.hubspot.settings import HubspotSettings
from connectors.transport import (
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    RateWindow,
    Request,
    Response,
    Timing,
    Transport,
    redact,
)
from core.errors import TransientError

SEARCH = "search"
"""The bucket of search calls, which HubSpot counts apart."""
_DEFAULT = "default"
_BURST_LIMIT = 100
_BURST_SECONDS = 10.0
_USABLE_SHARE = 0.99
_JITTER_SECONDS = 0.1
"""A little less than allowed, over a little longer: HubSpot counts when a call arrives, we when it leaves."""


@dataclass(slots=True)
class Sender:
    """Makes one call with the SDK; keeps the rate window in step with HubSpot's headers."""

    base_url: str
    host: str
    token: str = field(repr=False)
    window: RateWindow
    daily_left: int | None = None
    """Calls left today, as the last answer said; HubSpot tells it to private tokens only."""
    server_time: datetime | None = None
    """HubSpot's clock at the last answer, in whole seconds."""
    _threads: threading.local = field(default_factory=threading.local)

    def __call__(self, request: Request) -> Response:
        """The answer, whatever its status; raises TransientError when the network fails."""
        try:
            response = self._send(request)
        except urllib3.exceptions.HTTPError as error:
            raise TransientError(f"{self.host} cannot be reached: {redact(str(error))}") from error
        except UnicodeDecodeError as error:
            # The SDK decodes the bodies of errors; HubSpot's are UTF-8.
            raise TransientError(f"{self.host} answered {request.operation} with a broken body.") from error
        self._learn(response.headers)
        return response

    def _send(self, request: Request) -> Response:
        try:
            answer = self._client().call_api(
                request.path,
                request.method,
                query_params=dict(request.params or {}),
                header_params=dict(request.headers or {}),
                body=request.json,
                auth_settings=["oauth2"],
                _preload_content=False,
                _request_timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
            )
            return Response(answer.status, _lower(answer.headers), answer.data)
        except ApiException as refused:
            if not refused.status:  # the SDK's form of a failed TLS handshake
                raise TransientError(f"{self.host} cannot be reached: {redact(refused.reason)}") from refused
            return Response(refused.status, _lower(refused.headers), (refused.body or "").encode())

    def _client(self) -> ApiClient:
        """The thread's own client, with one pool of connections."""
        client: ApiClient | None = getattr(self._threads, "client", None)
        if client is None:
            client = self._threads.client = ApiClient(self._configuration())
            client.default_headers["Accept-Encoding"] = "gzip"
            client.user_agent = "Shortlist"
        return client

    def _configuration(self) -> Configuration:
        configuration = Configuration(host=self.base_url)
        configuration.access_token = self.token
        # total=False: neither retries nor redirects; both are the transport's business.
        configuration.retries = urllib3.Retry(total=False, redirect=False)
        return configuration

    def _learn(self, headers: Mapping[str, str]) -> None:
        with suppress(KeyError, ValueError):
            self.server_time = parsedate_to_datetime(headers["date"])
        most = headers.get("x-hubspot-ratelimit-max", "")
        interval = headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
        if most.isdigit() and interval.isdigit() and int(interval):
            self.window.limit = usable(int(most))
            self.window.seconds = int(interval) / 1000 + _JITTER_SECONDS
        left = headers.get("x-hubspot-ratelimit-daily-remaining", "")
        if left.isdigit():
            self.daily_left = int(left)


def usable(limit: int) -> int:
    """How many of the allowed calls we make."""
    return max(1, int(limit * _USABLE_SHARE))


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Client:
    """Asks HubSpot and reads its JSON."""

    host: str
    transport: Transport
    sender: Sender

    def call(self, request: Request) -> Response:
        """The answer of HubSpot, refusals of single requests (400, 404, 409) included."""
        return self.transport.call(request)

    def ask(self, request: Request) -> Any:
        """The JSON of a successful answer; raises for every other."""
        return self.read(request, self.call(request))

    def read(self, request: Request, response: Response) -> Any:
        """The JSON of an answer that must be a success; an empty body gives an empty dict."""
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise unexpected(self.host, request, response)
        if not response.body:
            return {}
        try:
            return orjson.loads(response.body)
        except orjson.JSONDecodeError as error:
            raise TransientError(
                f"{self.host} answered {request.operation} with something other than JSON."
            ) from error


def open_client(settings: HubspotSettings, token: str, timing: Timing) -> Client:
    """A client for one connection, with its two rate windows."""
    burst = RateWindow(usable(settings.burst_limit or _BURST_LIMIT), _BURST_SECONDS + _JITTER_SECONDS, timing)
    search = RateWindow(settings.search_per_second, 1.0, timing)
    sender = Sender(settings.base_url.rstrip("/"), settings.host, token, burst)
    transport = Transport(
        send=sender,
        classify=partial(classify, settings.host),
        windows={_DEFAULT: burst, SEARCH: search},
        timing=timing,
    )
    return Client(settings.host, transport, sender)
