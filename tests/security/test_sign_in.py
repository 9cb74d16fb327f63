"""S07 and S08: what an answer to a sign-in must carry, and where a rotated token is when its renewal ends."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import event

import shortlist.loopback
from connectors.sign_in import VALID_SECONDS, Attempt, attempt, challenge_of
from core.errors import ConfigError
from shortlist.loopback import wait_for_answer
from tests.faults.signing import Stage, other_processes, patient, staged, use

CALLBACK = "http://localhost:8710/callback"
OTHERS = (
    "https://localhost:8710/callback",
    "http://localhost:8711/callback",
    "http://localhost/callback",
    "http://127.0.0.1:8710/callback",
    "http://localhost:8710/callback/",
    "http://localhost:8710/other",
    "http://localhost:8710/callback/../other",
    "http://LOCALHOST.evil.example:8710/callback",
    "http://me@localhost:8710/callback",
    "//localhost:8710/callback",
    "",
)


@pytest.mark.parametrize("address", OTHERS)
def test_s07_an_answer_at_any_other_address_is_none(address: str) -> None:
    mine = attempt(CALLBACK)
    with pytest.raises(ConfigError, match="not the answer"):
        mine.code_in(f"{address}?code=abc&state={mine.state}")


@pytest.mark.parametrize(
    "forge", [str.upper, lambda s: s[:-1], lambda s: f"{s}x", lambda _: "", lambda _: "é"]
)
def test_s07_an_answer_with_another_state_is_none(forge: Any) -> None:
    mine = attempt(CALLBACK)
    with pytest.raises(ConfigError, match="not the answer"):
        mine.code_in(f"{CALLBACK}?code=abc&state={forge(mine.state)}")


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_s07_the_page_carries_the_challenge_and_never_the_verifier(crm: str, tmp_path: Path) -> None:
    with staged(tmp_path, crm) as stage:
        sign_in = stage.place.sign_in(patient(stage.clock))
        trial = attempt(sign_in.redirect_url)
        asked = parse_qs(urlsplit(trial.page(sign_in)).query)
        assert asked["code_challenge"] == [challenge_of(trial.verifier)]
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["redirect_uri"] == [sign_in.redirect_url]
        assert trial.verifier not in trial.page(sign_in)
        assert len(trial.state) >= 43  # 256 bits
        assert {attempt(CALLBACK).state for _ in range(50)}.isdisjoint({trial.state})


def test_s07_a_state_is_good_for_one_answer_and_the_listener_is_gone_afterwards() -> None:
    mine, told = Attempt("http://127.0.0.1:0/callback", "state-1", "verifier-1"), []
    port = free_port()
    mine = Attempt(f"http://127.0.0.1:{port}/callback", mine.state, mine.verifier)
    waiting = Thread(target=lambda: told.append(wait_for_answer(mine, port, lambda: None)))
    waiting.start()
    address = f"{mine.redirect_url}?code=first&state={mine.state}"
    assert patiently(address).status_code == 200
    waiting.join(30)
    assert [mine.code_in(one) for one in told] == ["first"]
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)


def test_s07_nobody_waits_longer_than_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert VALID_SECONDS == 600
    monkeypatch.setattr(shortlist.loopback, "VALID_SECONDS", 0.3)
    port = free_port()
    mine = attempt(f"http://127.0.0.1:{port}/callback")
    with pytest.raises(ConfigError):
        wait_for_answer(mine, port, lambda: None)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def patiently(address: str) -> requests.Response:
    """Ask until somebody listens."""
    for _ in range(200):
        try:
            return requests.get(address, timeout=10)
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(address)


# S08


@pytest.fixture
def shared(store_url: str, tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path, "salesforce", store_url, rotate_refresh_tokens=True) as made:
        made.connect()
        yield made


@dataclass
class Statements:
    """What goes to the database, with where each transaction ends."""

    seen: list[str]

    @property
    def transactions(self) -> list[str]:
        return "\n".join(self.seen).split("COMMIT")


def test_s08_the_new_token_is_kept_in_the_transaction_that_ends_the_renewal(shared: Stage) -> None:
    told = Statements([])
    engine = shared.database.engine
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: told.seen.append(statement))
    event.listen(engine, "commit", lambda _: told.seen.append("COMMIT"))
    shared.expire()
    use(shared.connector())
    kept = [one for one in told.transactions if "sealed=" in one.replace(" ", "")]
    assert len(kept) == 1
    assert "lease_owner" in kept[0]
    assert "generation" in kept[0]


def test_s08_four_processes_that_renew_at_once_spend_each_token_once(shared: Stage) -> None:
    for turn in range(2):
        shared.expire()
        before = shared.token_calls()
        assert other_processes(shared.place, 4) == ["done"] * 4
        assert shared.token_calls() - before == 1
        assert shared.vault.read().generation == turn + 2
    use(shared.connector())
