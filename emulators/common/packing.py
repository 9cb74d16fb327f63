"""Answers packed for the way, for clients that ask for it.

Salesforce does so by its REST API guide ("Compression Headers"), HubSpot's clients ask for it since 2012. Of what a
client may name, gzip is all that is spoken here.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEVEL = 1
# Assumption: the size from which an answer is packed, about what fits into one packet.
_WORTH_IT = 1_400


def packed(body: bytes, environ: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    """The body as it goes on the way to whoever sent this request, and the header that says so, if any."""
    accepted = [one.replace(" ", "").lower() for one in environ.get("HTTP_ACCEPT_ENCODING", "").split(",")]
    if len(body) < _WORTH_IT or not any(
        one.startswith("gzip") and not one.endswith(";q=0") for one in accepted
    ):
        return body, {}
    return gzip.compress(body, _LEVEL), {"Content-Encoding": "gzip"}
