"""A HubSpot webhook delivery, made from the words of HubSpot's documentation alone."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

PORTAL, APP = "8800002", "4100001"
CHANGE: Mapping[str, Any] = {
    "eventId": 7,
    "subscriptionId": 3,
    "portalId": int(PORTAL),
    "appId": int(APP),
    "occurredAt": 1_795_683_600_000,
    "subscriptionType": "company.propertyChange",
    "attemptNumber": 0,
    "objectId": 41,
    "propertyName": "domain",
    "propertyValue": "acme.example",
    "changeSource": "CRM_UI",
    "sourceId": "userId:1",
}


def signature_headers(body: bytes, secret: str, url: str, at: datetime) -> dict[str, str]:
    """The headers of a signature of version 3."""
    timestamp = str(int(at.timestamp() * 1000))
    whole = f"POST{url}".encode() + body + timestamp.encode()
    digest = hmac.new(secret.encode(), whole, hashlib.sha256).digest()
    return {
        "X-HubSpot-Signature-V3": base64.b64encode(digest).decode(),
        "X-HubSpot-Request-Timestamp": timestamp,
    }
