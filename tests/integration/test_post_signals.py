"""POST /signals against a running server."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from core.errors import ConfigError
from core.secrets import SecretText
from shortlist.server import Server, bind, web_app
from store.database import Database
from tests.web import served
from tests.worlds import count, new_database

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
TOKEN = "a-token-of-some-length"
GOOD: dict[str, Any] = {
    "source": "g2",
    "domain": "acme.com",
    "kind": "topic",
    "topic": "crm",
    "strength": 80,
    "observed_at": "2026-11-20",
}


@dataclass
class Running:
    """A server in a thread, and the clock it reads."""

    server: Server
    database: Database
    now: datetime = NOW

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def post(self, body: Any = None, *, token: str | None = TOKEN, **more: Any) -> requests.Response:
        headers = {
            **({"Authorization": f"Bearer {token}"} if token is not None else {}),
            **more.pop("headers", {}),
        }
        sent = {"json": body} if body is not None else more
        return requests.post(f"{self.url}/signals", headers=headers, timeout=10, **sent)

    def stored(self) -> int:
        return count(self.database, "SELECT COUNT(*) FROM signal")


@contextmanager
def running(folder: Path, token: str | None = TOKEN) -> Iterator[Running]:
    database = new_database(folder)
    app = web_app(database, SecretText(token) if token else None, lambda: found.now)
    try:
        with served(app) as server:
            found = Running(server, database)
            yield found
    finally:
        database.close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as found:
        yield found


def test_one_signal_and_a_batch_are_kept(web: Running) -> None:
    answer = web.post(GOOD)
    assert (answer.status_code, answer.json()["new"], web.stored()) == (200, 1, 1)
    answer = web.post([GOOD, {**GOOD, "topic": "abm"}])
    assert [item["status"] for item in answer.json()["results"]] == ["unchanged", "new"]
    assert web.stored() == 2
    assert web.post([]).json() == {
        "new": 0,
        "changed": 0,
        "unchanged": 0,
        "older": 0,
        "refused": 0,
        "results": [],
    }


def test_bad_items_are_told_and_good_ones_kept(web: Running) -> None:
    answer = web.post(
        [{**GOOD, "strength": 101}, GOOD, 7, {**GOOD, "strenght": 1}, {**GOOD, "domain": [[["x"]]]}]
    )
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [item["status"] for item in results] == ["refused", "new", "refused", "refused", "refused"]
    assert [item.get("column") for item in results] == ["strength", None, "item", "item", "domain"]
    assert "strenght" in results[3]["problem"]
    assert (answer.json()["refused"], web.stored()) == (4, 1)
    assert web.post({**GOOD, "strength": 101}).status_code == 422


WRONG = ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \xe9"]


@pytest.mark.parametrize("header", [None, *WRONG, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"])
def test_a_stranger_learns_nothing(web: Running, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    for body in (b"{", b"[]", b"x" * 2000):
        answer = requests.post(f"{web.url}/signals", data=body, headers=headers, timeout=10)
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert web.stored() == 0


def test_without_a_token_there_is_no_such_place(tmp_path: Path) -> None:
    with running(tmp_path, token=None) as web:
        for token in (None, "", "None", TOKEN):
            assert web.post(GOOD, token=token).status_code == 404
        assert web.stored() == 0


def test_a_token_that_could_be_guessed_is_refused(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    with pytest.raises(ConfigError, match=r"signals\.token"):
        web_app(database, SecretText("short"), lambda: NOW)
    database.close()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"nonsense", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b'[{"source":' + b"[" * 900 + b"]" * 900 + b"}]", 422),
        (b"[" + b"1," * 1_000 + b"1]", 413),
        (b'"' + b"x" * (1 << 20) + b'"', 413),
    ],
)
def test_a_body_that_cannot_be_taken(web: Running, body: bytes, status: int) -> None:
    answer = web.post(data=body)
    assert answer.status_code == status
    if status != 422:
        assert answer.json()["error"]
    assert web.stored() == 0


def test_a_body_as_large_as_allowed_is_taken(web: Running) -> None:
    items = [{**GOOD, "topic": f"{n:04d}" + "x" * 200} for n in range(1_000)]
    assert web.post(items).json()["new"] == 1_000


def test_a_body_in_chunks_is_taken_and_bounded(web: Running) -> None:
    assert web.post(data=iter([b"[", orjson.dumps(GOOD), b"]"])).json()["new"] == 1
    assert web.post(data=iter([b"x" * 65_536] * 17)).status_code == 413


def test_the_same_key_gets_the_same_answer_and_stores_nothing(web: Running) -> None:
    headers = {"Idempotency-Key": "one"}
    first = web.post([GOOD, {}], headers=headers)
    assert (first.json()["new"], first.json()["refused"]) == (1, 1)
    with web.database.write() as writer:
        writer.exec_driver_sql("DELETE FROM signal")
    second = web.post([GOOD, {}], headers=headers)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert web.stored() == 0
    assert web.post([GOOD], headers={"Idempotency-Key": "two"}).json()["new"] == 1


def test_a_key_with_another_body_is_refused(web: Running) -> None:
    headers = {"Idempotency-Key": "one"}
    web.post(GOOD, headers=headers)
    answer = web.post({**GOOD, "topic": "abm"}, headers=headers)
    assert answer.status_code == 422
    assert "new key" in answer.json()["error"]
    assert web.stored() == 1
    assert web.post(GOOD, headers={"Idempotency-Key": "x" * 256}).status_code == 400


def test_a_refused_request_is_answered_the_same_again(web: Running) -> None:
    headers = {"Idempotency-Key": "bad"}
    answers = [web.post({**GOOD, "kind": "gossip"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content


def test_a_key_is_forgotten_after_a_day(web: Running) -> None:
    web.post(GOOD, headers={"Idempotency-Key": "one"})
    web.now = NOW + timedelta(hours=23)
    assert web.post(GOOD, headers={"Idempotency-Key": "one"}).json()["new"] == 1
    web.now = NOW + timedelta(hours=25)
    web.post(GOOD, headers={"Idempotency-Key": "two"})
    assert web.post(GOOD, headers={"Idempotency-Key": "one"}).json()["unchanged"] == 1


def test_many_senders_of_one_key_store_once(web: Running) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: web.post(GOOD, headers={"Idempotency-Key": "same"}), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert web.stored() == 1


def test_many_senders_at_once_lose_nothing(web: Running) -> None:
    with ThreadPoolExecutor(8) as pool:
        items = [[{**GOOD, "topic": f"{n} {m}"} for m in range(10)] for n in range(24)]
        assert all(answer.status_code == 200 for answer in pool.map(web.post, items))
    assert web.stored() == 240


def test_health_and_other_paths(web: Running) -> None:
    answer = requests.get(f"{web.url}/healthz", timeout=10)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert requests.get(f"{web.url}/signals", timeout=10).status_code == 405
    assert requests.get(f"{web.url}/", timeout=10).status_code == 404
    assert "waitress" not in answer.headers.get("Server", "").lower()


def test_a_port_that_is_taken_is_told(web: Running) -> None:
    with pytest.raises(ConfigError, match="choose another --port"):
        bind(web_app(web.database, SecretText(TOKEN), lambda: NOW), web.server.port)


def test_a_request_that_has_begun_is_answered_after_the_stop(tmp_path: Path) -> None:
    body = b'{"source":"g2","domain":"acme.com","kind":"topic","strength":80,"observed_at":"2026-11-20"}'
    head = f"POST /signals HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
    with (
        running(tmp_path) as web,
        socket.create_connection(("127.0.0.1", web.server.port), timeout=10) as begun,
    ):
        begun.sendall(head.encode() + body[:20])
        assert requests.get(f"{web.url}/healthz", timeout=10).ok  # the server has seen what was sent before
        web.server.stop()
        while is_listening(web.server.port):
            pass
        begun.sendall(body[20:])
        assert begun.recv(4096).startswith(b"HTTP/1.1 200 OK")
        assert web.stored() == 1


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except ConnectionError:
        return False
    return True
