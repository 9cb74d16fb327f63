"""Asking HubSpot: the sender behind the transport, its rate windows, and its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson

from connectors.hubspot.answers import classify, unexpected
from connectors.hubspot.sender import JITTER_SECONDS, Sender, usable
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.tokens import Tokens
from connectors.transport import RateWindow, Request, Response, Timing, Transport
from core.errors import TransientError

SEARCH = "search"
"""The bucket of search calls, which HubSpot counts apart."""
_DEFAULT = "default"
_BURST_LIMIT = 100
_BURST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Client:
    """Asks HubSpot and reads its JSON."""

    host: str
    transport: Transport
    sender: Sender
    tokens: Tokens

    def calls(self) -> Mapping[str, int]:
        """Calls made so far by operation, those for tokens included."""
        return dict(self.transport.calls + self.tokens.calls())

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


def open_client(settings: HubspotSettings, tokens: Tokens, timing: Timing) -> Client:
    """A client for one connection, with its two rate windows."""
    burst = RateWindow(usable(settings.burst_limit or _BURST_LIMIT), _BURST_SECONDS + JITTER_SECONDS, timing)
    search = RateWindow(settings.search_per_second, 1.0, timing)
    sender = Sender(settings.base, settings.host, tokens, burst)
    transport = Transport(
        send=sender,
        classify=partial(classify, settings.host),
        windows={_DEFAULT: burst, SEARCH: search},
        timing=timing,
    )
    sender.count = transport.count
    return Client(settings.host, transport, sender, tokens)
