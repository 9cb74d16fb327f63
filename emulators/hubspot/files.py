"""Files that stand at an address of limited life, as exports and journal files do; no token is needed.

The real ones lie in Amazon S3 under a signed address, whose refusals are XML.
"""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING

from emulators.hubspot.http import Reply, Request
from emulators.hubspot.times import is_whole

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_KEY = b"emulated"  # nothing here is secret: the emulator listens on this machine only


def signed_url(request: Request, path: str, expires_ms: int) -> str:
    """The address of a file, good until `expires_ms`."""
    return f"{request.base_url}/_files/{path}?expires={expires_ms}&signature={_sign(path, str(expires_ms))}"


def refusal(portal: Portal, request: Request, path: str) -> Reply | None:
    """The 403 for a wrong or expired address; None for a good one."""
    expires = request.argument("expires")
    if not hmac.compare_digest(_sign(path, expires).encode(), request.argument("signature").encode()):
        return _denied("SignatureDoesNotMatch", "The request signature we calculated does not match")
    if not is_whole(expires) or int(expires) <= portal.now_ms():
        return _denied("AccessDenied", "Request has expired")
    return None


def _denied(code: str, message: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(HTTPStatus.FORBIDDEN, body.encode(), {"Content-Type": "application/xml"})


def _sign(path: str, expires: str) -> str:
    return hmac.new(_KEY, f"{path} {expires}".encode(), hashlib.sha256).hexdigest()
