"""The vendor's SDK behind the transport, against a server that answers what each test says."""

import gzip
import threading
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import pytest

from connectors.hubspot.client import SEARCH, Client, open_client
from connectors.hubspot.sender import Sender
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.tokens import StaticToken
from connectors.transport import Request
from core.errors import AuthError, ContractError, RateLimited, TransientError
from core.secrets import SecretText
from emulators.common.server import Running, start
from tests.contract.harness import PatientTiming

TOKEN = "pat-canary-of-the-client-test"
GET = Request("read companies", "GET", "/crm/objects/2026-03/companies", params={"limit": 100})
Reply = tuple[str, dict[str, str], bytes]


class Script:
    """A WSGI application that gives the scripted replies in turn, the last one for ever."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.seen.append({**environ, "body": body})
        status, headers, answer = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        start_response(status, list({"Content-Length": str(len(answer)), **headers}.items()))
        return [answer]

    def release(self) -> None:
        """Nothing is held."""


def reply(status: str = "200 OK", body: Any = None, **headers: str) -> Reply:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, given, body if isinstance(body, bytes) else orjson.dumps({} if body is None else body)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def server(script: Script) -> Iterator[Running]:
    running = start(script)
    yield running
    running.stop()


@pytest.fixture
def patience() -> PatientTiming:
    return PatientTiming()


@pytest.fixture
def client(server: Running, patience: PatientTiming) -> Client:
    return make_client(server.url, patience)


def make_client(url: str, patience: PatientTiming) -> Client:
    settings = HubspotSettings.model_validate(
        {"crm": "hubspot", "token": "env:X", "base_url": url, "emulator": True}
    )
    return open_client(settings, StaticToken(SecretText(TOKEN)), patience.timing())


def test_a_call_carries_token_gzip_and_body(script: Script, client: Client) -> None:
    script.replies = [reply(body={"results": [1]})]

    answer = client.ask(
        Request("write companies", "POST", "/x", params={"a": "b c"}, json={"inputs": [{"id": "1"}]})
    )

    (seen,) = script.seen
    assert answer == {"results": [1]}
    assert seen["HTTP_AUTHORIZATION"] == f"Bearer {TOKEN}"
    assert seen["HTTP_ACCEPT_ENCODING"] == "gzip"
    assert (seen["REQUEST_METHOD"], seen["PATH_INFO"], seen["QUERY_STRING"]) == ("POST", "/x", "a=b+c")
    assert orjson.loads(seen["body"]) == {"inputs": [{"id": "1"}]}


def test_compressed_answers_are_read(script: Script, client: Client) -> None:
    packed = gzip.compress(orjson.dumps({"name": "Größe"}))
    script.replies = [reply(body=packed, Content_Encoding="gzip")]

    assert client.ask(GET) == {"name": "Größe"}


def test_an_answer_that_stops_in_the_middle_is_asked_for_again(script: Script, client: Client) -> None:
    whole = orjson.dumps({"results": [1, 2, 3]})
    script.replies = [
        ("200 OK", {"Content-Length": str(len(whole)), "Connection": "close"}, whole[:7]),
        reply(body={"results": []}),
    ]

    assert client.ask(GET) == {"results": []}
    assert client.transport.calls == {"read companies": 2}


def test_refusals_keep_status_headers_and_body(script: Script, client: Client) -> None:
    script.replies = [reply("404 Not Found", {"message": "résumé"}, X_HubSpot_NotFound="true")]

    response = client.call(GET)

    assert response.status == 404
    assert response.headers["x-hubspot-notfound"] == "true"
    assert orjson.loads(response.body) == {"message": "résumé"}


def test_a_refusal_in_another_encoding_does_not_break_us(script: Script, client: Client) -> None:
    script.replies = [reply("502 Bad Gateway", "gestört".encode("latin-1")), reply(body={"ok": 1})]

    assert client.ask(GET) == {"ok": 1}


def test_redirects_are_not_followed(script: Script, client: Client, server: Running) -> None:
    script.replies = [reply("302 Found", Location=f"{server.url}/elsewhere"), reply(body={"ok": 1})]

    with pytest.raises(ContractError, match="redirect"):
        client.call(GET)
    assert [seen["PATH_INFO"] for seen in script.seen] == [GET.path]


def test_proxies_of_the_environment_are_not_asked(
    script: Script, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.replies = [reply(body={"ok": 1})]
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    assert client.ask(GET) == {"ok": 1}


def test_nobody_there_is_a_transient_error_without_the_token(patience: PatientTiming) -> None:
    client = make_client("http://127.0.0.1:9", patience)

    with pytest.raises(TransientError) as raised:
        client.call(GET)

    assert "127.0.0.1:9" in str(raised.value)
    assert TOKEN not in str(raised.value)
    assert len(patience.pauses) == client.transport.policy.attempts - 1


def test_a_failed_handshake_is_a_transient_error(server: Running) -> None:
    address = server.url.removeprefix("http://")
    sender = Sender(f"https://{address}", address, StaticToken(SecretText(TOKEN)))

    with pytest.raises(TransientError, match=address):
        sender(GET)


def test_a_refused_token_is_not_tried_again(script: Script, client: Client) -> None:
    script.replies = [
        reply("401 Unauthorized", {"message": "No such key", "category": "INVALID_AUTHENTICATION"})
    ]

    with pytest.raises(AuthError):
        client.call(GET)
    assert len(script.seen) == 1


def test_f04_only_answers_that_are_no_errors_tell_hubspot_s_time(script: Script, client: Client) -> None:
    """An error may come from a proxy with a clock of its own; a cursor from it would lie in the future."""
    good, wrong = "Mon, 02 Mar 2026 09:30:00 GMT", "Thu, 01 Jan 2099 00:00:00 GMT"
    script.replies = [reply(body={}, Date=good), reply("404 Not Found", {"message": "none"}, Date=wrong)]
    client.ask(GET)

    assert client.call(GET).status == 404
    assert client.sender.server_time == parsedate_to_datetime(good)


def test_something_other_than_json_is_a_passing_failure(script: Script, client: Client) -> None:
    script.replies = [reply(body=b"<html>maintenance</html>")]

    with pytest.raises(TransientError, match="JSON"):
        client.ask(GET)


def test_limits_are_learnt_from_the_answers(script: Script, client: Client, patience: PatientTiming) -> None:
    script.replies = [
        reply(
            body={},
            X_HubSpot_RateLimit_Max="10",
            X_HubSpot_RateLimit_Interval_Milliseconds="4000",
            X_HubSpot_RateLimit_Daily_Remaining="12345",
        )
    ]

    for _ in range(10):
        client.ask(GET)

    assert client.limits.daily_left == 12345
    assert patience.pauses == [4.1]  # nine calls of the ten, then the rest of the window and its jitter


def test_searches_wait_for_a_limit_of_their_own(
    script: Script, client: Client, patience: PatientTiming
) -> None:
    script.replies = [reply(body={})]

    for _ in range(9):
        client.ask(Request("read companies", "POST", "/search", json={}, bucket=SEARCH))
    for _ in range(20):
        client.ask(GET)

    assert patience.pauses == pytest.approx([1.1, 1.1], abs=0.01)


def test_a_storm_of_refusals_ends_after_a_bounded_number_of_calls(script: Script, client: Client) -> None:
    script.replies = [
        reply("429 Too Many Requests", {"policyName": "TEN_SECONDLY_ROLLING", "message": "Slow down"})
    ]

    with pytest.raises(RateLimited):
        client.call(GET)
    assert len(script.seen) == client.transport.policy.attempts


def test_threads_do_not_share_a_connection(script: Script, client: Client) -> None:
    script.replies = [reply(body={})]

    def ask() -> None:
        for _ in range(3):
            client.ask(GET)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ports = {seen["REMOTE_PORT"] for seen in script.seen}
    assert len(script.seen) == 9
    assert len(ports) == 3
