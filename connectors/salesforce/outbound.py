"""Outbound messages: Salesforce's notifications by SOAP, which carry no signature.

What stands for one is an address that nobody can guess, and the organisation's id. Nothing in a message is
used but the ids: no session id, and none of the addresses in it. At least once, in no order, and again for 24
hours until the answer is ACK; so ACK goes out only when the hints are stored.
"""

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.salesforce.ids import canonical_id, is_id
from connectors.salesforce.objects import SOURCES
from core.errors import SignatureError
from core.hints import ChangeHint, HintEvent, Receipt, Received
from core.secrets import SecretText

MAX_BODY_BYTES = 1 << 20
MAX_NOTIFICATIONS = 100
MIN_SECRET = 22
"""Characters of the secret part of the address: 128 bits in base64."""
ACK_TYPE = "text/xml; charset=utf-8"
ACK = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    b"</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)
"""The answer that ends a delivery; any other one, and Salesforce sends the whole message again."""
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_OUT = "{http://soap.sforce.com/2005/09/outbound}"
_SF = "{urn:sobject.enterprise.soap.sforce.com}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_STREAMS = {source.stream.name: source.stream for source in SOURCES}


@dataclass(frozen=True, slots=True)
class OutboundMessages:
    """Reads the outbound messages of one org; `secret` is the last part of the address they are sent to."""

    org_id: str
    secret: SecretText

    @property
    def receipt(self) -> Receipt:
        """Ack."""
        return Receipt(ACK, ACK_TYPE)

    def received(
        self,
        headers: Mapping[str, str],
        raw_body: bytes,
        url: str,
        now: datetime,  # noqa: ARG002 core.hints.HintReader; these messages carry no time to compare
    ) -> Received:
        """One hint for each notification. `key` is the notification's id. Repeats are Salesforce's own habit."""
        given = urlsplit(url).path.rpartition("/")[2]
        if not hmac.compare_digest(given.encode(), self.secret.plain().encode()):
            raise SignatureError("The address of an outbound message is not the secret one.")
        if len(raw_body) > MAX_BODY_BYTES:
            raise SignatureError(f"An outbound message is larger than {MAX_BODY_BYTES:,} bytes.")
        if any(name.lower() == "content-encoding" for name in headers):
            raise SignatureError("An outbound message is compressed, which Salesforce never does.")
        notifications = _notifications(raw_body)
        told = canonical_id(_only(notifications, f"{_OUT}OrganizationId"))
        if not hmac.compare_digest(told.encode(), canonical_id(self.org_id).encode()):
            raise SignatureError("An outbound message is of another org.")
        hints = {hint.key: hint for hint in _hints(notifications)}
        return Received(list(hints.values()), Counter())


def _notifications(raw_body: bytes) -> Element:
    try:
        root = fromstring(raw_body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SignatureError(f"An outbound message cannot be read ({type(error).__name__}).") from error
    found = root.findall(f"{_SOAP}Body/{_OUT}notifications") if root.tag == f"{_SOAP}Envelope" else []
    if len(found) != 1:
        raise SignatureError("This is not an outbound message.")
    return found[0]


def _hints(notifications: Element) -> Iterator[ChangeHint]:
    found = notifications.findall(f"{_OUT}Notification")
    if not 0 < len(found) <= MAX_NOTIFICATIONS:
        raise SignatureError(f"An outbound message has {len(found):,} notifications.")
    for one in found:
        records = one.findall(f"{_OUT}sObject")
        if len(records) != 1:
            raise SignatureError("A notification names no record, or several.")
        name = records[0].get(_TYPE, "").rpartition(":")[2]
        record_id, stream = _id(records[0], f"{_SF}Id"), _STREAMS.get(name)
        yield ChangeHint(
            key=_id(one, f"{_OUT}Id"),
            event=HintEvent.CHANGED,
            object_name=name,
            remote_id=stream.remote_id(record_id) if stream else record_id,
            kind=stream.kind if stream else None,
        )


def _id(parent: Element, tag: str) -> str:
    text = _only(parent, tag)
    if not is_id(text):
        raise SignatureError("An id in an outbound message has not the form of one.")
    return canonical_id(text)


def _only(parent: Element, tag: str) -> str:
    found = parent.findall(tag)
    if len(found) != 1 or len(found[0]):
        raise SignatureError("An outbound message lacks an id.")
    return (found[0].text or "").strip()
