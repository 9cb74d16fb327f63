"""The SOAP of outbound messages: what is sent, and whether the listener took it.

The message follows recorded ones: Id first, then the fields by name, nothing for null, datetimes with a Z.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
_API_VERSION = "62.0"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<soapenv:Body>"
)
_TAIL = "</soapenv:Body></soapenv:Envelope>"


def message(org_id: str, action_id: str, host_url: str, notifications: Iterable[str]) -> bytes:
    """The whole body of a POST around some `notification`s."""
    soap = f"{host_url}/services/Soap"
    return (
        f'{_HEAD}<notifications xmlns="{_OUTBOUND}"><OrganizationId>{org_id}</OrganizationId>'
        f'<ActionId>{action_id}</ActionId><SessionId xsi:nil="true"/>'
        f"<EnterpriseUrl>{soap}/c/{_API_VERSION}/{org_id[:15]}</EnterpriseUrl>"
        f"<PartnerUrl>{soap}/u/{_API_VERSION}/{org_id[:15]}</PartnerUrl>"
        f"{''.join(notifications)}</notifications>{_TAIL}"
    ).encode()


def notification(notification_id: str, object_name: str, values: Mapping[str, Any]) -> str:
    """One notification; `values` holds the Id and the subscribed fields in wire form, without nulls."""
    others = "".join(_field(name, values[name]) for name in sorted(values) if name != "Id")
    return (
        f"<Notification><Id>{notification_id}</Id>"
        f'<sObject xsi:type="sf:{object_name}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"{_field('Id', values['Id'])}{others}</sObject></Notification>"
    )


def is_acknowledged(status: int, body: bytes) -> bool:
    """Whether a listener's answer says Ack true; everything else means: send again."""
    if status != HTTPStatus.OK:
        return False
    try:
        found = fromstring(body).find(f".//{{{_OUTBOUND}}}notificationsResponse/{{{_OUTBOUND}}}Ack")
    except (ParseError, DefusedXmlException, ValueError):
        return False
    return found is not None and (found.text or "").strip() == "true"


def _field(name: str, value: Any) -> str:
    return f"<sf:{name}>{escape(_text(value))}</sf:{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text.replace("+0000", "Z") if text.endswith(".000+0000") else text
