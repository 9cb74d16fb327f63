"""Outbound messages: only what one org sends to one secret address is read, and only its ids."""

import time
from datetime import UTC, datetime

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from connectors import salesforce
from connectors.salesforce.outbound import ACK, MAX_BODY_BYTES, OutboundMessages
from connectors.salesforce.settings import SalesforceSettings
from core.errors import ConfigError, SignatureError
from core.hints import ChangeHint, HintEvent
from core.records import Kind
from core.secrets import SecretText

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SECRET = "canary-secret-of-the-address-0"
ORG = "00D7F00000107XsUAI"
URL = f"https://abm.example.com/webhooks/salesforce/{SECRET}"
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def notification(number: int = 1, name: str = "Account", record: str = "0017F000007ydJmQAI") -> str:
    return (
        f"<Notification><Id>04l7F00000{number:05d}QAI</Id>"
        f'<sObject xsi:type="sf:{name}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"<sf:Id>{record}</sf:Id><sf:Name>Ann &amp; Co</sf:Name></sObject></Notification>"
    )


def message(
    *notifications: str, org: str = f"<OrganizationId>{ORG}</OrganizationId>", head: str = ""
) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" {XSI}><soapenv:Body>'
        f'<notifications xmlns="http://soap.sforce.com/2005/09/outbound">{org}'
        '<ActionId>04k7F0000008V3hQAE</ActionId><SessionId xsi:nil="true"/>'
        "<EnterpriseUrl>https://evil.example.com/</EnterpriseUrl>"
        f"{''.join(notifications)}</notifications></soapenv:Body></soapenv:Envelope>"
    ).encode()


def parse(body: bytes, url: str = URL, headers: dict[str, str] | None = None) -> list[ChangeHint]:
    return list(OutboundMessages(ORG, SecretText(SECRET)).received(headers or HEADERS, body, url, NOW).hints)


def test_each_notification_is_a_hint_with_the_notification_s_id_as_its_key() -> None:
    hints = parse(message(notification(1), notification(2, "Contact", "0037F000007ydJm")))
    assert hints == [
        ChangeHint("04l7F0000000001QAI", HintEvent.CHANGED, "Account", "0017F000007ydJmQAI", Kind.ACCOUNT),
        ChangeHint("04l7F0000000002QAI", HintEvent.CHANGED, "Contact", "0037F000007ydJmQAI", Kind.CONTACT),
    ]


def test_a_repeated_notification_in_one_message_is_one_hint() -> None:
    assert len(parse(message(notification(1), notification(1)))) == 1


def test_an_object_that_is_not_read_has_no_kind_and_spoils_nothing() -> None:
    hints = parse(message(notification(1, "Thing__c"), notification(2)))
    assert [hint.kind for hint in hints] == [None, Kind.ACCOUNT]


def test_the_org_may_be_named_by_its_short_id() -> None:
    assert parse(message(notification(), org=f"<OrganizationId>{ORG[:15]}</OrganizationId>"))


def test_up_to_a_hundred_notifications_are_taken_and_no_more() -> None:
    assert len(parse(message(*(notification(n) for n in range(100))))) == 100
    with pytest.raises(SignatureError, match="101"):
        parse(message(*(notification(n) for n in range(101))))


@pytest.mark.parametrize(
    "url",
    [
        "https://abm.example.com/webhooks/salesforce/",
        "https://abm.example.com/webhooks/salesforce/wrong",
        f"https://abm.example.com/webhooks/salesforce?{SECRET}",
        f"{URL}/",
        f"{URL}é",
    ],
)
def test_an_address_that_does_not_end_in_the_secret_is_refused(url: str) -> None:
    with pytest.raises(SignatureError) as caught:
        parse(message(notification()), url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        message(notification(), org="<OrganizationId>00D000000000001EAA</OrganizationId>"),
        message(notification(), org=""),
        message(notification(), org=f"<OrganizationId>{ORG}</OrganizationId>" * 2),
        message(notification(), org=f"<OrganizationId><x>{ORG}</x></OrganizationId>"),
        message(),
        message(notification(record="../../etc/passwd")),
        message("<Notification><Id>04l7F0000000001QAI</Id></Notification>"),
        message(notification(), head='<!DOCTYPE x [<!ENTITY a "b">]>'),
        message(notification(), head='<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">'),
        message(notification()).replace(b"UTF-8", b"no-such-charset"),
        message(notification())[:-5],
        message(notification()).replace(b"2005/09", b"2005/08"),
        b"",
        b"{}",
        b"\xff\xfe\x00",
        b"<a>" * 100_000,
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b" " * (MAX_BODY_BYTES + 1),
    ],
)
def test_f73_whatever_salesforce_would_not_send_is_refused_quickly(body: bytes) -> None:
    started = time.process_time()
    with pytest.raises(SignatureError):
        parse(body)
    assert time.process_time() - started < 2.0


def test_a_compressed_message_is_refused() -> None:
    with pytest.raises(SignatureError):
        parse(message(notification()), headers={**HEADERS, "content-encoding": "gzip"})


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    with pytest.raises(SignatureError):
        parse(body)


@given(st.integers(0, 800), st.binary(min_size=1, max_size=4))
def test_a_damaged_message_is_refused_or_read_and_never_crashes(place: int, junk: bytes) -> None:
    body = message(notification())
    damaged = body[:place] + junk + body[place + 1 :]
    try:
        hints = parse(damaged)
    except SignatureError:
        return
    assert all(len(hint.remote_id) == 18 for hint in hints)


def test_the_answer_says_ack() -> None:
    ack = fromstring(ACK).find(".//{http://soap.sforce.com/2005/09/outbound}Ack")
    assert ack is not None
    assert ack.text == "true"


def settings(**more: object) -> SalesforceSettings:
    return SalesforceSettings.model_validate(
        {
            "crm": "salesforce",
            "instance_url": "https://acme.my.salesforce.com",
            "client_id": "env:A",
            "client_secret": "env:B",
            **more,
        }
    )


def test_without_a_secret_nothing_reads_messages() -> None:
    assert salesforce.outbound_messages(settings(), lambda _: SecretText(""), ORG) is None


@pytest.mark.parametrize("secret", ["short", "x" * 30 + "/..", "x" * 30 + " y"])
def test_a_secret_that_can_be_guessed_or_is_no_part_of_an_address_is_refused(secret: str) -> None:
    own = settings(webhook_secret="env:HOOK")
    with pytest.raises(ConfigError, match="webhook_secret") as caught:
        salesforce.outbound_messages(own, lambda _: SecretText(secret), ORG)
    assert secret not in str(caught.value)
    assert salesforce.outbound_messages(own, lambda _: SecretText(SECRET), ORG) == OutboundMessages(
        ORG, SecretText(SECRET)
    )
