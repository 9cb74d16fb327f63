"""The three signatures of a request from HubSpot (documented, with published test vectors)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

# The escapes that are undone before version 3 signs an address; all others stay.
_UNESCAPED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
    "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ESCAPE = re.compile("|".join(_UNESCAPED), re.IGNORECASE)


def sign_v1(secret: str, body: bytes) -> str:
    """Hex digest of secret and body."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def sign_v2(secret: str, method: str, url: str, body: bytes) -> str:
    """Hex digest of secret, method, address and body."""
    return hashlib.sha256(f"{secret}{method}{url}".encode() + body).hexdigest()


def sign_v3(secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
    """Base64 HMAC of method, address, body and timestamp (milliseconds as text)."""
    plain = _ESCAPE.sub(lambda found: _UNESCAPED[found.group().upper()], url)
    message = f"{method}{plain}".encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()
