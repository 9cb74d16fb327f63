"""HubSpot's own client in raw form: one call, with timeouts, gzip and live rate limits, one per thread."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

import urllib3
from hubspot.crm.objects import ApiClient, ApiException, Configuration

from connectors.hubspot.answers import token_refused
from connectors.hubspot.tokens import Tokens
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
    """HubSpot's clock at the last answer, in whole seconds."""
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
        with suppress(KeyError, ValueError):
            self.server_time = parsedate_to_datetime(response.headers["date"])
        self.learn(response.headers)
        return response

    def _tried(self, request: Request, token: SecretText | None) -> Response:
        try:
            return self._send(request, token)
        except urllib3.exceptions.HTTPError as error:
            raise TransientError(f"{self.host} cannot be reached: {redact(str(error))}") from error
        except UnicodeDecodeError as error:
            # The SDK decodes the bodies of errors; HubSpot's are UTF-8.
            raise TransientError(f"{self.host} answered {request.operation} with a broken body.") from error

    def _send(self, request: Request, token: SecretText | None) -> Response:
        client = self._client()
        client.configuration.access_token = token.plain() if token else None
        timeout = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS) if token else EXCHANGE_TIMEOUT_SECONDS
        try:
            answer = client.call_api(
                request.path,
                request.method,
                query_params=dict(request.params or {}),
                header_params=dict(request.headers or {}),
                body=request.json,
                post_params=parse_qsl((request.body or b"").decode(), keep_blank_values=True),
                auth_settings=["oauth2"] if token else [],
                _preload_content=False,
                _request_timeout=timeout,
            )
            return Response(answer.status, _lower(answer.headers), answer.data)
        except (ApiException, AttributeError) as error:
            # The SDK trips over its own error of a failed TLS handshake, which has no body.
            refused = error if isinstance(error, ApiException) else error.__context__
            if not isinstance(refused, ApiException):
                raise
            if not refused.status:
                reason = redact(" ".join(str(refused.reason).split()))
                raise TransientError(f"{self.host} cannot be reached: {reason}") from refused
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
        configuration = Configuration(host=self.base_url, ssl_ca_cert=self.ca_file)
        # total=False: neither retries nor redirects; both are the transport's business.
        configuration.retries = urllib3.Retry(total=False, redirect=False)
        return configuration


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
