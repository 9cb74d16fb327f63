"""SOAP: envelopes read and written, and the faults.

Parsed with entities and DTDs off. Prefixes are part of what clients look for (`sf:exceptionCode`,
`<faultcode>sf:…`), so answers are written as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from emulators.salesforce.call import Reply

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_XML = {"Content-Type": "text/xml;charset=UTF-8"}
_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


class SoapFault(Exception):
    """A refusal of a SOAP call; `detail` is the fault's element type where the answer has one."""

    def __init__(self, code: str, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


@dataclass(frozen=True)
class SoapCall:
    """A call: the name of its operation, its body, the session id of its header, where it was sent."""

    name: str
    body: Element
    session_id: str
    kind: str
    version: str
    host_url: str


def read_call(data: bytes, kind: str, version: str, host_url: str) -> SoapCall:
    """The call of an envelope. Raises SoapFault."""
    try:
        envelope = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError) as problem:
        raise SoapFault("soapenv:Client", f"The request is not well-formed XML: {problem}") from problem
    body = envelope.find(f"{{{ENVELOPE}}}Body")
    if body is None or len(body) != 1:
        raise SoapFault("soapenv:Client", "The request has no SOAP body with one call")
    header = envelope.find(f"{{{ENVELOPE}}}Header")
    session = child(child(header, "SessionHeader"), "sessionId")
    text = (session.text or "").strip() if session is not None else ""
    return SoapCall(local(body[0]), body[0], text, kind, version, host_url)


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element | None, name: str) -> Element | None:
    """The first child of a name in any namespace."""
    return next((item for item in element if local(item) == name), None) if element is not None else None


def text_in(element: Element | None, name: str) -> str:
    """The text of the first child of a name, "" without one."""
    found = child(element, name)
    return (found.text or "").strip() if found is not None else ""


def answer(name: str, namespace: str, results: list[Any]) -> Reply:
    """The reply of the call `name`: one `result` element for each value."""
    content = "".join(render("result", result) for result in results)
    inner = f"<{name}Response>{content}</{name}Response>"
    text = f'{_HEAD} xmlns="{namespace}"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>'
    return Reply(text.encode(), headers=_XML)


def fault(problem: SoapFault, namespace: str) -> Reply:
    """The reply of a refusal: 500 and a Fault."""
    code = problem.code if ":" in problem.code else f"sf:{problem.code}"
    plain = code.partition(":")[2]
    detail = ""
    if problem.detail:
        detail = (
            f'<detail><sf:{problem.detail} xsi:type="sf:{problem.detail}">'
            f"<sf:exceptionCode>{plain}</sf:exceptionCode>"
            f"<sf:exceptionMessage>{escape(problem.message)}</sf:exceptionMessage>"
            f"</sf:{problem.detail}></detail>"
        )
    string = problem.message if code.startswith("soapenv") else f"{plain}: {problem.message}"
    inner = (
        f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{escape(string)}</faultstring>"
        f"{detail}</soapenv:Fault>"
    )
    text = f'{_HEAD} xmlns:sf="{namespace}"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>'
    return Reply(text.encode(), HTTPStatus.INTERNAL_SERVER_ERROR, _XML)


def render(name: str, value: Any) -> str:
    """A JSON value as elements: lists repeat, null is left out."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(render(name, item) for item in value)
    if isinstance(value, Mapping):
        content = "".join(render(key, item) for key, item in value.items())
        return f"<{name}>{content}</{name}>"
    return f"<{name}>{escape(_text(value))}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text.replace("+0000", "Z") if text.endswith(".000+0000") else text
