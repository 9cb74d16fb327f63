"""Outbound messages of the Salesforce emulator, received by a real listener on this machine."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml.ElementTree import fromstring

from tests.integration.test_salesforce_emulator import Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
SF = "{urn:sobject.enterprise.soap.sforce.com}"
ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>{}</Ack>'
    "</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)


class Listener:
    """A listener that keeps what it receives; `status` and `reply` are what it answers."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.reply = ACK.format("true")
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name is the base class's
                listener.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                listener.headers.append(dict(self.headers))
                self.send_response(listener.status)
                self.send_header("Content-Length", str(len(listener.reply)))
                self.end_headers()
                self.wfile.write(listener.reply.encode())

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/secret"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def notifications(self, index: int = -1) -> list[Element]:
        """The notifications of one message."""
        return fromstring(self.bodies[index]).findall(f".//{OUTBOUND}Notification")

    def names(self, index: int = -1) -> list[str | None]:
        return [item.findtext(f".//{SF}Name") for item in self.notifications(index)]


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        client.control("clock", {"freeze": "2026-03-02T09:00:00Z"})
        yield client


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


def subscribe(api: Api, listener: Listener, **changes: Any) -> None:
    item = {"object": "Account", "fields": ["Name", "Website"], "endpoint": listener.url, **changes}
    api.control("outbound", {"subscriptions": [item]})


def deliver(api: Api) -> dict[str, int]:
    counts: dict[str, int] = api.control("outbound/deliver", {})
    return counts


def test_a_write_is_told_as_recorded_messages_tell_it(api: Api, listener: Listener) -> None:
    subscribe(api, listener)
    record_id = api.create("Account", Name="Acme & Co", Website="acme.example", Industry="Energy")
    assert listener.bodies == []
    assert deliver(api) == {"messages": 1, "acknowledged": 1, "retried": 0, "failed": 0}
    body = listener.bodies[0].decode()
    assert body.startswith('<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope')
    assert '<SessionId xsi:nil="true"/>' in body
    assert "<OrganizationId>00DEm0000000001MAA</OrganizationId><ActionId>04k" in body
    (item,) = listener.notifications()
    assert (item.findtext(f"{OUTBOUND}Id") or "").startswith("04l")
    (record,) = item.findall(f"{OUTBOUND}sObject")
    assert [(child.tag.removeprefix(SF), child.text) for child in record] == [
        ("Id", record_id),
        ("Name", "Acme & Co"),
        ("Website", "acme.example"),
    ]
    assert listener.headers[0]["Content-Type"].startswith("text/xml")
    assert deliver(api)["messages"] == 0


def test_nulls_are_left_out_and_times_end_in_z(api: Api, listener: Listener) -> None:
    subscribe(api, listener, fields=["Website", "SystemModstamp", "IsDeleted", "Name"])
    api.create("Account", Name="Acme")
    deliver(api)
    (record,) = listener.notifications()[0].findall(f"{OUTBOUND}sObject")
    assert [child.tag.removeprefix(SF) for child in record] == ["Id", "Name", "SystemModstamp"]
    assert record.findtext(f"{SF}SystemModstamp") == "2026-03-02T09:00:00.000Z"


def test_the_values_are_those_of_the_moment_of_sending(api: Api, listener: Listener) -> None:
    subscribe(api, listener)
    record_id = api.create("Account", Name="Before")
    api.update("Account", record_id, Name="After")
    assert deliver(api)["acknowledged"] == 2
    assert listener.names() == ["After", "After"]
    gone = api.create("Account", Name="Gone")
    api.call("DELETE", f"/sobjects/Account/{gone}")
    assert deliver(api) == {"messages": 0, "acknowledged": 1, "retried": 0, "failed": 0}


def test_a_message_holds_at_most_a_hundred(api: Api, listener: Listener) -> None:
    subscribe(api, listener)
    rows = [{"attributes": {"type": "Account"}, "Name": f"A{number}"} for number in range(150)]
    api.call("POST", "/composite/sobjects", json={"records": rows})
    assert deliver(api)["messages"] == 2
    assert [len(listener.notifications(index)) for index in (0, 1)] == [100, 50]


def test_writes_that_are_taken_back_are_not_told(api: Api, listener: Listener) -> None:
    subscribe(api, listener)
    rows = [{"attributes": {"type": "Account"}, "Name": name} for name in ("A", "")]
    api.call("POST", "/composite/sobjects", json={"allOrNone": True, "records": rows})
    assert deliver(api)["messages"] == 0


def test_events_and_objects_that_nobody_asked_for_are_not_told(api: Api, listener: Listener) -> None:
    subscribe(api, listener, on=["update"])
    api.create("Contact", LastName="Doe")
    record_id = api.create("Account", Name="Acme")
    assert deliver(api)["messages"] == 0
    api.update("Account", record_id, Name="B")
    assert deliver(api)["messages"] == 1


@pytest.mark.parametrize(
    ("status", "reply"),
    [(500, ACK.format("true")), (200, ACK.format("false")), (200, "thanks"), (200, ""), (302, "")],
)
def test_whatever_is_no_ack_is_sent_again(api: Api, listener: Listener, status: int, reply: str) -> None:
    subscribe(api, listener)
    api.create("Account", Name="Acme")
    good = listener.reply
    listener.status, listener.reply = status, reply
    assert deliver(api) == {"messages": 1, "acknowledged": 0, "retried": 1, "failed": 0}
    assert deliver(api)["messages"] == 0  # not due yet
    api.control("clock", {"advance_seconds": 30})
    listener.status, listener.reply = 200, good
    assert deliver(api)["acknowledged"] == 1
    ids = [listener.notifications(index)[0].findtext(f"{OUTBOUND}Id") for index in (0, 1)]
    assert ids[0] == ids[1]


def test_the_pauses_grow_and_after_a_day_it_is_given_up(api: Api, listener: Listener) -> None:
    subscribe(api, listener)
    api.create("Account", Name="Acme")
    listener.status = 503
    pauses, waited = [], 0.0
    while not api.control("outbound")["failed"]:
        deliver(api)
        state = api.control("outbound")
        due = (state["waiting"] or state["failed"])[0]["due_at"]
        api.control("clock", {"freeze": due})
        pauses.append(due)
        waited += 1
        assert waited < 40
    assert api.control("outbound")["waiting"] == []
    assert pauses[:4] == [f"2026-03-02T09:{minute}+00:00" for minute in ("00:30", "01:30", "03:30", "07:30")]
    assert pauses[-2] >= "2026-03-03T09:00:00"
    assert deliver(api)["messages"] == 0
    listener.status = 200
    assert api.control("outbound/requeue", {}) == {"requeued": 1}
    assert deliver(api)["acknowledged"] == 1


def test_a_listener_that_is_not_there_is_tried_again(api: Api, listener: Listener) -> None:
    subscribe(api, listener, endpoint="http://127.0.0.1:1/nobody")
    api.create("Account", Name="Acme")
    assert deliver(api)["retried"] == 1


def test_messages_can_come_twice_late_and_out_of_order(api: Api, listener: Listener) -> None:
    subscribe(api, listener)
    api.control(
        "settings", {"outbound_repeats": 1, "outbound_delay_seconds": 60, "outbound_order": "reversed"}
    )
    for name in ("A", "B", "C"):
        api.create("Account", Name=name)
    assert deliver(api)["messages"] == 0
    api.control("clock", {"advance_seconds": 60})
    assert deliver(api) == {"messages": 2, "acknowledged": 3, "retried": 0, "failed": 0}
    assert listener.bodies[0] == listener.bodies[1]
    assert listener.names() == ["C", "B", "A"]
    api.control(
        "settings", {"outbound_repeats": 0, "outbound_delay_seconds": 0, "outbound_order": "shuffled"}
    )
    written = [f"N{number}" for number in range(20)]
    for name in written:
        api.create("Account", Name=name)
    deliver(api)
    assert listener.names() != written
    assert sorted(map(str, listener.names())) == sorted(written)


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://hooks.example/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"object": "Nothing"},
        {"fields": ["Nothing"]},
    ],
)
def test_a_subscription_that_makes_no_sense_is_refused(
    api: Api, listener: Listener, change: dict[str, Any]
) -> None:
    item = {"object": "Account", "fields": ["Name"], "endpoint": listener.url, **change}
    answer = api.session.post(f"{api.url}/_emulator/outbound", json={"subscriptions": [item]}, timeout=10)
    assert answer.status_code == 400


def test_the_background_delivers_by_itself(api: Api, listener: Listener) -> None:
    subscribe(api, listener)
    api.control("outbound/background", {"seconds": 0.02})
    api.create("Account", Name="Acme")
    arrived = threading.Event()
    for _ in range(500):
        if listener.bodies or arrived.wait(0.02):
            break
    api.control("outbound/background", {"seconds": 0})
    assert listener.names(0) == ["Acme"]
