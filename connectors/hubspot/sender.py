"""One call over the session of HubSpot's own client: timeouts, gzip and live rate limits, one client per thread.

The SDK gives the connections (TLS included), its headers and the authentication. What is sent and what comes back are
bytes (connectors.hubspot.wire): its serialiser walks over every value of a body and its address builder over every
letter, which cost more than all else in a write or a read of a hundred records.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from http import HTTPStatus
from http.client import HTTPException
from typing import NamedTuple
from urllib.parse import quote_plus

import orjson
from hubspot.crm.objects import ApiClient, Configuration
from urllib3.exceptions import HTTPError

from connectors.hubspot.answers import dated, token_refused
from connectors.hubspot.tokens import Tokens
from connectors.hubspot.wire import Wire
from connectors.renewal import EXCHANGE_TIMEOUT_SECONDS
from connectors.transport import (
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    Request,
    Response,
    redact,
)
from core.errors import TransientError
from core.secrets import SecretText

TIMEOUTS = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
_JSON = {"Accept": "application/json", "Content-Type": "application/json"}


def _ignore(_: Mapping[str, str]) -> None:
    """Learn nothing."""


@dataclass(slots=True)
class Sender:
    """Makes one call with the SDK.

    tokens: None for calls that carry no bearer token. learn: told of every answer's headers. count: told of a
    call that is sent twice.
    """

    base_url: str
    host: str
    tokens: Tokens | None
    learn: Callable[[Mapping[str, str]], None] = _ignore
    count: Callable[[str], None] | None = None
    ca_file: str | None = None
    server_time: datetime | None = None
    """HubSpot's clock at the last answer that was no error, in whole seconds."""
    _threads: threading.local = field(default_factory=threading.local)

    def __call__(self, request: Request) -> Response:
        """The answer, whatever its status; raises TransientError when the network fails.

        A refused token is renewed once, where there is another one.
        """
        token = self.tokens.current() if self.tokens else None
        response = self._tried(request, token)
        if self.tokens and token and token_refused(response):
            renewed = self.tokens.renewed(token)
            if renewed is not None:
                if self.count:
                    self.count(request.operation)
                response = self._tried(request, renewed)
        if response.status < HTTPStatus.BAD_REQUEST:  # an error may come from anybody on the way
            with suppress(KeyError, ValueError):
                self.server_time = dated(response.headers["date"])
        self.learn(response.headers)
        return response

    def _tried(self, request: Request, token: SecretText | None) -> Response:
        try:
            return self._send(request, token)
        except (HTTPError, HTTPException, OSError) as error:
            raise TransientError(f"{self.host} cannot be reached: {redact(str(error))}") from error

    def _send(self, request: Request, token: SecretText | None) -> Response:
        session = self._session()
        return session.wire.call(
            request.method,
            _address(request),
            session.headers(request, token),
            request.body if request.json is None else orjson.dumps(request.json),
            TIMEOUTS if token else EXCHANGE_TIMEOUT_SECONDS,
        )

    def _session(self) -> "_Session":
        """The thread's own, with one connection."""
        session: _Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = _session(self.base_url, self.ca_file)
        return session


class _Session(NamedTuple):
    """A client of the SDK, and the connection to HubSpot that its pool makes."""

    client: ApiClient
    wire: Wire

    def headers(self, request: Request, token: SecretText | None) -> dict[str, str]:
        """Those of the SDK and of the request; the SDK adds the token."""
        headers = {**_JSON, **self.client.default_headers, **(request.headers or {})}
        if token:
            self.client.configuration.access_token = token.plain()
            self.client.update_params_for_auth(headers, [], ["oauth2"])
        return headers


def _session(base_url: str, ca_file: str | None) -> _Session:
    client = ApiClient(Configuration(host=base_url, ssl_ca_cert=ca_file))
    client.default_headers["Accept-Encoding"] = "gzip"
    client.user_agent = "Shortlist"
    pool = client.rest_client.pool_manager.connection_from_url(base_url)
    return _Session(client, Wire(pool._new_conn()))  # noqa: SLF001 nothing else makes one with the pool's TLS


def _address(request: Request) -> str:
    """Path and query; the comma of a list of properties may stand as it is."""
    if not request.params:
        return request.path
    query = "&".join([f"{_quoted(name)}={_quoted(str(value))}" for name, value in request.params.items()])
    return f"{request.path}?{query}"


_quoted = lru_cache(maxsize=64)(partial(quote_plus, safe=","))
"""Most of what a call names is what the call before named."""
