"""Whether a delivery is HubSpot's: the signature of its raw bytes, by rules stricter than the SDK's.

Version 3 is base64(HMAC-SHA256(secret, method + address + body + timestamp)) (documented). The older two carry no
time, so whoever has seen a delivery can send it again; they are taken only where the settings say so.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from core.clock import millis
from core.errors import SignatureError
from core.secrets import SecretText

Version = Literal["v1", "v2", "v3"]
WINDOW_MS = 300_000
"""How old a delivery may be (documented), and how far in the future."""
_LONGEST_TIMESTAMP = 15
_TIMESTAMP = "x-hubspot-request-timestamp"
_HEADERS: Mapping[Version, str] = {
    "v1": "x-hubspot-signature",
    "v2": "x-hubspot-signature",
    "v3": "x-hubspot-signature-v3",
}
_VERSION = "x-hubspot-signature-version"
_UNDONE = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
    "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
"""The escapes that HubSpot undoes before it signs an address (documented); all others stay."""
_ESCAPE = re.compile("|".join(_UNDONE), re.IGNORECASE)


class Delivery(NamedTuple):
    """One request as it came; `url` is the address that HubSpot called, path and query untouched."""

    url: str
    body: bytes
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Verifier:
    """Verifies deliveries to one app.

    secrets: the client secret, and for the day after a rotation the one before it.
    """

    secrets: Sequence[SecretText]
    versions: Sequence[Version] = ("v3",)

    def verify(self, headers: Mapping[str, str], delivery: Delivery, now: datetime) -> bytes:
        """The signature, where the delivery is HubSpot's, and not older or newer than five minutes (version 3).

        Raises SignatureError for anything else, whatever is wrong with it.
        """
        told = _one_each(headers)
        version = _version(told, self.versions)
        given = _ascii(told, _HEADERS[version])
        timestamp = _timestamp(told, now) if version == "v3" else ""
        # Every secret is tried, so that the time taken says nothing of which one fitted.
        fits = [
            hmac.compare_digest(_SIGNED[version](one.plain(), delivery, timestamp), given)
            for one in self.secrets
            if one
        ]
        if not any(fits):
            raise SignatureError("The signature of a delivery is not HubSpot's.")
        return given


def _one_each(headers: Mapping[str, str]) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in headers.items():
        if name.lower() in told:
            raise SignatureError(f"A delivery has the header {name} twice.")
        told[name.lower()] = value
    return told


def _version(told: Mapping[str, str], accepted: Sequence[Version]) -> Version:
    """The version to hold a delivery to: the third where it is there, even if it does not fit."""
    if "v3" in accepted and _HEADERS["v3"] in told:
        return "v3"
    older = told.get(_VERSION, "")
    for version in accepted:
        if version == older:
            return version
    raise SignatureError("A delivery has no signature of a version that is accepted.")


def _ascii(told: Mapping[str, str], name: str) -> bytes:
    try:
        return told[name].encode("ascii")
    except (KeyError, UnicodeEncodeError) as error:
        raise SignatureError(f"The header {name} is missing or not ASCII.") from error


def _timestamp(told: Mapping[str, str], now: datetime) -> str:
    """The timestamp as it is written: what was signed is its text."""
    text = _ascii(told, _TIMESTAMP).decode()
    if not text.isdigit() or len(text) > _LONGEST_TIMESTAMP:
        raise SignatureError("The timestamp of a delivery is not one.")
    if abs(millis(now) - int(text)) > WINDOW_MS:
        raise SignatureError("A delivery is more than five minutes old, or from the future.")
    return text


def signed_address(url: str) -> str:
    """An address as version 3 signs it."""
    return _ESCAPE.sub(lambda found: _UNDONE[found.group().upper()], url)


def _v1(secret: str, delivery: Delivery, _timestamp: str) -> bytes:
    return hashlib.sha256(secret.encode() + delivery.body).hexdigest().encode()


def _v2(secret: str, delivery: Delivery, _timestamp: str) -> bytes:
    whole = f"{secret}{delivery.method}{delivery.url}".encode(errors="surrogatepass") + delivery.body
    return hashlib.sha256(whole).hexdigest().encode()


def _v3(secret: str, delivery: Delivery, timestamp: str) -> bytes:
    start = f"{delivery.method}{signed_address(delivery.url)}".encode(errors="surrogatepass")
    whole = start + delivery.body + timestamp.encode()
    return base64.b64encode(hmac.digest(secret.encode(), whole, "sha256"))


_SIGNED: Mapping[Version, Callable[[str, Delivery, str], bytes]] = {"v1": _v1, "v2": _v2, "v3": _v3}
