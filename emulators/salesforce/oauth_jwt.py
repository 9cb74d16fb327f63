"""The assertion of the JWT bearer flow: an RS256 signature that the app's certificate confirms, and its claims.

Written on `cryptography` alone, so that it does not share a mistake with the JWT library of a client.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from emulators.salesforce.oauth_error import OAuthError, Refusal

_PARTS = 3


def read_assertion(assertion: str, certificate: str) -> dict[str, Any]:
    """The claims of an assertion that `certificate` (PEM) confirms. Raises OAuthError."""
    parts = assertion.split(".")
    if len(parts) != _PARTS:
        raise OAuthError(Refusal.INVALID_ASSERTION)
    header, claims = (_json(part) for part in parts[:2])
    key = public_key(certificate) if certificate else None
    if key is None or header.get("alg") != "RS256":
        raise OAuthError(Refusal.INVALID_ASSERTION)
    try:
        key.verify(_bytes(parts[2]), ".".join(parts[:2]).encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise OAuthError(Refusal.INVALID_ASSERTION) from None
    return claims


def check_claims(claims: dict[str, Any], audiences: set[str], now: datetime) -> None:
    """Raise OAuthError unless the assertion is for one of `audiences` and its time is not over."""
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not audiences & {str(item).rstrip("/") for item in named}:
        raise OAuthError(Refusal.WRONG_AUDIENCE)
    # Assumption: no upper bound; a number written as text is read (simple-salesforce sends one).
    expires = str(claims.get("exp", ""))
    if not expires.isdigit():
        raise OAuthError(Refusal.INVALID_ASSERTION)
    if int(expires) <= now.timestamp():
        raise OAuthError(Refusal.EXPIRED_CODE)


def public_key(pem: str) -> RSAPublicKey:
    """The RSA key of a certificate, or a bare public key. Raises ValueError."""
    data = pem.encode()
    is_certificate = b"BEGIN CERTIFICATE" in data
    key = load_pem_x509_certificate(data).public_key() if is_certificate else load_pem_public_key(data)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate holds no RSA key")  # noqa: TRY004 - the value is wrong, not its type
    return key


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise OAuthError(Refusal.INVALID_ASSERTION) from None


def _json(text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(_bytes(text))
    except orjson.JSONDecodeError:
        raise OAuthError(Refusal.INVALID_ASSERTION) from None
    if not isinstance(value, dict):
        raise OAuthError(Refusal.INVALID_ASSERTION)
    return value
