"""Asking HubSpot: the sender behind the transport, its rate windows, and its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson

from connectors.authorities import usable_ca_file
from connectors.hubspot.answers import classify, unexpected
from connectors.hubspot.files import Files
from connectors.hubspot.limits import Limits, burst, searches
from connectors.hubspot.listing import Listing, listing, odd
from connectors.hubspot.sender import Sender
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.tokens import Tokens
from connectors.pacing import LocalMeter, Pacer
from connectors.transport import Request, Response, Timing, Transport
from core.errors import TransientError
from core.meters import Meter

SEARCH = "search"
"""The bucket of search calls, which HubSpot counts apart."""
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Client:
    """Asks HubSpot and reads its JSON."""

    host: str
    sender: Sender
    transport: Transport
    limits: Limits
    tokens: Tokens
    files: Files

    def calls(self) -> Mapping[str, int]:
        """Calls made so far by operation, those for tokens included."""
        return dict(self.transport.calls + self.tokens.calls())

    def call(self, request: Request) -> Response:
        """The answer of HubSpot, refusals of single requests (400, 404, 409) included."""
        return self.transport.call(request)

    def ask(self, request: Request, *keys: str) -> dict[str, Any]:
        """The JSON object of a successful answer; raises for every other, and as `read` does."""
        return self.read(request, self.call(request), *keys)

    def ask_list(self, request: Request) -> Listing:
        """One page of a list; raises as `read_list` does."""
        return self.read_list(request, self.call(request))

    def read_list(self, request: Request, response: Response) -> Listing:
        """The page in an answer that must be a success; raises ContractError for what is no list."""
        return listing(self.host, request, self.read(request, response))

    def read(self, request: Request, response: Response, *keys: str) -> dict[str, Any]:
        """The JSON object of an answer that must be a success; an empty body gives an empty one.

        Raises ContractError for other JSON, and where one of the keys is not in it.
        """
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise unexpected(self.host, request, response)
        try:
            found = orjson.loads(response.body or b"{}")
        except orjson.JSONDecodeError as error:
            raise TransientError(
                f"{self.host} answered {request.operation} with something other than JSON."
            ) from error
        if not isinstance(found, dict):
            raise odd(self.host, request, "an object", found)
        if not found.keys() >= set(keys):
            raise odd(self.host, request, " and ".join(keys), found)
        return found


def open_client(
    settings: HubspotSettings, tokens: Tokens, timing: Timing, meter: Meter | None = None
) -> Client:
    """A client for one connection. `meter` counts its calls with those of other processes."""
    shared = meter or LocalMeter(timing)
    pacer = Pacer(_DEFAULT, burst(settings.burst_limit), shared, timing)
    search = Pacer(SEARCH, searches(settings.search_per_second), shared, timing)
    limits = Limits(pacer, timing, settings.daily_reserve_percent / 100)
    ca_file = usable_ca_file(settings.ca_file)
    sender = Sender(settings.base, settings.host, tokens, limits.learn, ca_file=ca_file)
    transport = Transport(
        send=sender,
        classify=partial(classify, settings.host),
        windows={_DEFAULT: pacer, SEARCH: search},
        timing=timing,
        admit=limits.admit,
    )
    sender.count = transport.count
    files = Files(settings.host, settings.emulator, ca_file)
    return Client(settings.host, sender, transport, limits, tokens, files)
