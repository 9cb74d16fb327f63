"""S11 to S16 and S36 at the web part: who may tell us anything, how much, and what they learn."""

import gzip
import hashlib
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import orjson
import pytest
import requests

from connectors import registry
from core.config import parse_config
from core.errors import ConfigError
from shortlist.wiring import hooks_of
from store.coalesce import coalesce
from store.database import Database
from store.inbox import dropped_hints, waiting
from store.inbox_writer import InboxWriter
from tests.hubspot_deliveries import CHANGE
from tests.security.doors import (
    HUBSPOT,
    NOW,
    ORG,
    PUBLIC_URL,
    SALESFORCE,
    SECRET,
    Doors,
    message,
    notification,
    signed,
)

ACK = "<Ack>true</Ack>"
BODY = orjson.dumps([CHANGE])


def says_nothing(answer: requests.Response) -> bool:
    """Whether an answer is the one 401, with nothing in it that tells one reason from another."""
    told = {name.lower() for name in answer.headers} - {"content-length", "content-type", "date", "server"}
    return (answer.status_code, answer.content, told) == (401, b"", set())


# S11: HubSpot's signature.


def test_s11_what_hubspot_signed_is_taken_and_committed(web: Doors) -> None:
    answer = web.hubspot(CHANGE)
    assert (answer.status_code, answer.content) == (200, b"")
    assert web.rows() == 1


@pytest.mark.parametrize(
    "url",
    [f"http://127.0.0.1{HUBSPOT}", f"{PUBLIC_URL}{HUBSPOT}/", f"{PUBLIC_URL}/hooks/hubspot/org", HUBSPOT],
)
def test_s11_the_signature_covers_the_configured_address_and_no_other(web: Doors, url: str) -> None:
    assert says_nothing(web.hubspot(CHANGE, url=url))


def test_s11_no_header_moves_the_address_that_is_verified(web: Doors) -> None:
    headers = signed(BODY, url=f"https://evil.example.com{HUBSPOT}")
    spoofed = {
        "Host": "evil.example.com",
        "X-Forwarded-Host": "evil.example.com",
        "X-Forwarded-Proto": "https",
    }
    assert says_nothing(web.post(HUBSPOT, BODY, {**headers, **spoofed}))
    assert web.post(HUBSPOT, BODY, {**signed(BODY), **spoofed}).status_code == 200


def test_s11_older_versions_are_off(web: Doors) -> None:
    for digest in (
        hashlib.sha256(SECRET.encode() + BODY),
        hashlib.sha256(f"{SECRET}POST{PUBLIC_URL}{HUBSPOT}".encode() + BODY),
    ):
        for version in ("v1", "v2"):
            headers = {"X-HubSpot-Signature": digest.hexdigest(), "X-HubSpot-Signature-Version": version}
            assert says_nothing(web.post(HUBSPOT, BODY, headers))


def test_s11_without_a_secret_or_an_org_nothing_is_taken(web: Doors) -> None:
    for path in (
        "/hooks/hubspot/quiet",
        "/hooks/hubspot/nobody",
        "/hooks/pipedrive/portal",
        "/hooks/hubspot/org",
    ):
        for secret in (SECRET, ""):
            assert says_nothing(web.post(path, BODY, signed(BODY, secret=secret, url=f"{PUBLIC_URL}{path}")))
    assert web.rows() == 0


def test_s11_a_connection_that_is_to_tell_of_changes_needs_the_public_address(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP", SECRET)
    text = (
        '[connections.p]\ncrm = "hubspot"\ntoken = "env:T"\nclient_secret = "env:APP"\nhints = "webhooks"\n'
    )
    config = parse_config(text, "config.toml", registry.settings_models())
    with pytest.raises(ConfigError, match="public_url is missing, and p is to tell"):
        hooks_of(config, database, InboxWriter(database))


@pytest.mark.parametrize(
    "path", ["/hooks", "/hooks/hubspot", f"{HUBSPOT}/", f"{SALESFORCE}/more", "/hooks//portal"]
)
def test_s11_what_is_no_address_of_a_hook_is_none_of_anything(web: Doors, path: str) -> None:
    assert web.post(path, BODY, signed(BODY)).status_code == 404


def test_s11_a_hook_only_takes_what_is_posted(web: Doors) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        answer = requests.request(method, f"{web.url}{HUBSPOT}", headers=signed(BODY), timeout=30)
        assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, "POST", b"")


# S12: how much.


def test_s12_a_body_over_a_mebibyte_is_413_before_anything_is_looked_up(web: Doors) -> None:
    body = b" " * ((1 << 20) + 1)
    for path in (HUBSPOT, SALESFORCE, "/hooks/hubspot/nobody"):
        answer = web.post(path, body, signed(body))
        assert (answer.status_code, answer.content) == (413, b"")


def test_s12_a_body_whose_length_is_not_told_is_capped_too(web: Doors) -> None:
    parts = (b"x" * 100_000 for _ in range(20))
    answer = requests.post(f"{web.url}{HUBSPOT}", data=parts, headers=signed(b""), timeout=30)
    assert answer.status_code == 413


def test_s12_compressed_bodies_are_refused_unopened(web: Doors) -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    for path in (HUBSPOT, SALESFORCE, "/hooks/hubspot/nobody"):
        answer = web.post(path, bomb, {**signed(bomb), "Content-Encoding": "gzip"})
        assert (answer.status_code, answer.content) == (415, b"")


@pytest.mark.parametrize(("depth", "status"), [(20, 200), (21, 401), (2000, 401)])
def test_s12_json_is_read_twenty_levels_deep_and_no_deeper(web: Doors, depth: int, status: int) -> None:
    inner = b"[" * (depth - 2) + b"]" * (depth - 2)
    body = BODY[:-2] + b',"more":' + (inner or b"0") + b"}]"
    assert web.post(HUBSPOT, body, signed(body)).status_code == status


@pytest.mark.parametrize(("events", "status"), [(1000, 200), (1001, 401)])
def test_s12_a_thousand_events_are_taken_and_no_more(web: Doors, events: int, status: int) -> None:
    many = [{**CHANGE, "eventId": number, "objectId": number} for number in range(events)]
    assert web.hubspot(*many).status_code == status
    assert web.rows() == (events if status == 200 else 0)


def test_s12_a_sender_who_never_ends_keeps_nobody_else_waiting(web: Doors) -> None:
    slow = []
    for _ in range(30):
        one = socket.create_connection(("127.0.0.1", int(web.url.rpartition(":")[2])))
        one.sendall(f"POST {HUBSPOT} HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n[".encode())
        slow.append(one)
    assert web.hubspot(CHANGE).status_code == 200
    for one in slow:
        one.close()


# S13: replays, rates, silence.


def test_s13_a_delivery_is_taken_once_while_its_signature_is_good(web: Doors) -> None:
    headers = signed(BODY)
    assert web.post(HUBSPOT, BODY, headers).status_code == 200
    for minutes in (0, 1, 4.9):
        web.clock[0] = NOW + timedelta(minutes=minutes)
        assert says_nothing(web.post(HUBSPOT, BODY, headers))
    # HubSpot's own repeat is signed anew.
    assert web.post(HUBSPOT, BODY, signed(BODY, at=web.clock[0])).status_code == 200


def test_s13_of_many_who_replay_at_once_one_gets_in(web: Doors) -> None:
    headers, statuses = signed(BODY), []
    threads = [
        threading.Thread(target=lambda: statuses.append(web.post(HUBSPOT, BODY, headers).status_code))
        for _ in range(12)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(statuses) == [200, *[401] * 11]


def test_s13_every_refusal_is_the_same(web: Doors) -> None:
    answers = [
        web.post(HUBSPOT, BODY),
        web.post(HUBSPOT, BODY, signed(BODY, secret="wrong")),
        web.post(HUBSPOT, BODY, signed(BODY, at=NOW - timedelta(minutes=6))),
        web.post(HUBSPOT, BODY, signed(BODY, at=NOW + timedelta(minutes=6))),
        web.post("/hooks/hubspot/nobody", BODY, signed(BODY)),
        web.post("/hooks/hubspot/quiet", BODY, signed(BODY)),
        web.post(f"{HUBSPOT}?a=1", BODY, signed(BODY)),
        web.post(SALESFORCE[:-1], message(notification())),
        web.post("/hooks/salesforce/nobody/x", message(notification())),
        web.post(SALESFORCE, message(notification(), org="00D000000000001EAA")),
        web.post(HUBSPOT, b"{", signed(b"{")),
    ]
    assert all(says_nothing(answer) for answer in answers)
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    assert web.rows() == 0


def test_s13_a_source_that_is_refused_again_and_again_is_told_to_wait_and_may_come_back(web: Doors) -> None:
    statuses = {web.post(HUBSPOT, BODY, {"X-HubSpot-Signature-V3": "x"}).status_code for _ in range(120)}
    assert statuses == {401, 429}
    assert web.hubspot(CHANGE).status_code == 429
    web.clock[0] = NOW + timedelta(seconds=10)
    assert web.hubspot(CHANGE).status_code == 200


# S14: Salesforce's outbound messages.


def test_s14_a_message_to_the_secret_address_is_acknowledged_when_it_is_stored(web: Doors) -> None:
    answer = web.salesforce(notification())
    assert answer.status_code == 200
    assert ACK in answer.text
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert web.rows() == 1


def test_s14_a_repeated_message_is_acknowledged_again(web: Doors) -> None:
    assert all(ACK in web.salesforce(notification()).text for _ in range(3))
    coalesce(web.database)
    assert [count for count, _ in waiting(web.database).values()] == [1]


@pytest.mark.parametrize("org", ["00D000000000001EAA", "", ORG.lower(), f"{ORG}<!-- -->x"])
def test_s14_a_message_of_another_org_is_refused(web: Doors, org: str) -> None:
    assert says_nothing(web.salesforce(notification(), org=org))


@pytest.mark.parametrize(
    "path", ["", "/", "/wrong", f"/{'x' * 4000}", "/%C3%A9", "/%FF%FE", "/..%2F", "/a/b"]
)
def test_s14_any_other_address_is_refused(web: Doors, path: str) -> None:
    answer = web.post(f"/hooks/salesforce/org{path}", message(notification()))
    assert answer.status_code in (401, 404)
    assert ACK not in answer.text


def test_s14_nothing_of_a_message_is_used_but_ids(web: Doors, tmp_path: Path) -> None:
    called = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)

        def do_POST(self) -> None:
            called.append(self.path)

    trap = HTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=trap.serve_forever, daemon=True).start()
    web.salesforce(notification(), urls=f"http://127.0.0.1:{trap.server_port}/")
    trap.shutdown()
    trap.server_close()

    web.database.close()
    stored = b"".join(one.read_bytes() for one in tmp_path.iterdir() if one.is_file())
    assert called == []
    assert b"0017F000007ydJmQAI" in stored
    assert b"canary" not in stored


# S15: XML.


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!DOCTYPE x>",
    ],
)
def test_s15_a_document_type_is_refused_outright(web: Doors, head: str) -> None:
    started = time.process_time()
    assert says_nothing(web.salesforce(notification(), head=head))
    assert time.process_time() - started < 1.0


def test_s15_a_billion_laughs_cost_nothing(web: Doors) -> None:
    entities = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    started = time.process_time()
    assert says_nothing(web.salesforce(notification(), head=f"<!DOCTYPE x [{entities}]>"))
    assert time.process_time() - started < 1.0


# S16: after the commit.


def test_s16_nobody_hears_that_all_is_well_before_it_is_committed(web: Doors, database: Database) -> None:
    answers: list[requests.Response] = []
    with database.write():  # somebody else holds the writer's lock
        threads = [
            threading.Thread(target=lambda: answers.append(web.hubspot(CHANGE))),
            threading.Thread(target=lambda: answers.append(web.salesforce(notification()))),
        ]
        for one in threads:
            one.start()
        time.sleep(1.0)
        assert answers == []
        assert web.rows() == 0
    for one in threads:
        one.join()
    assert [one.status_code for one in answers] == [200, 200]
    assert web.rows() == 2


def test_s16_what_cannot_be_stored_is_503_and_may_come_again_with_the_same_signature(
    web: Doors, database: Database
) -> None:
    with database.write() as writer:
        writer.exec_driver_sql("ALTER TABLE delivery RENAME TO delivery_away")
    headers = signed(BODY)
    answer = web.post(HUBSPOT, BODY, headers)
    assert (answer.status_code, answer.headers["Retry-After"], answer.content) == (503, "10", b"")
    answer = web.salesforce(notification())
    assert (answer.status_code, ACK in answer.text) == (503, False)
    with database.write() as writer:
        writer.exec_driver_sql("ALTER TABLE delivery_away RENAME TO delivery")

    assert web.post(HUBSPOT, BODY, headers).status_code == 200


# S36: one connection's deliveries never reach another one.


def test_s36_another_portal_s_events_are_counted_and_dropped(web: Doors) -> None:
    assert web.hubspot(CHANGE, {**CHANGE, "portalId": 77}, {**CHANGE, "appId": 9}).status_code == 200
    assert web.rows() == 1
    assert sorted(reason for _, reason in dropped_hints(web.database)) == [
        "another app's",
        "another portal's",
    ]
