"""Faults F33 to F38: tokens that expire, rotate, race, get lost, are revoked, or belong somewhere else."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from connectors.sign_in import attempt
from core.errors import AuthError, ConfigError, ReconnectNeeded, ShortlistError, TransientError
from core.grants import Grant, Held, Lease
from core.secrets import SecretText
from store.sealing import new_key, seals
from store.vault import LEASE, StoredVault, examine, reseal
from tests.faults.signing import (
    CLIENT_SECRET,
    NAME,
    Place,
    Stage,
    granted,
    other_processes,
    patient,
    staged,
    use,
)

BOTH = ("salesforce", "hubspot")


@pytest.fixture(params=BOTH)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path, request.param) as made:
        made.connect()
        yield made


@pytest.fixture
def rotating(tmp_path: Path) -> Iterator[Stage]:
    """Salesforce with refresh token rotation: each refresh token works once."""
    with staged(tmp_path, "salesforce", rotate_refresh_tokens=True) as made:
        made.connect()
        yield made


@pytest.fixture
def shared(store_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The same, with its vault in either database."""
    with staged(tmp_path, "salesforce", store_url, rotate_refresh_tokens=True) as made:
        made.connect()
        yield made


@dataclass(frozen=True)
class Unwritable(StoredVault):
    """A vault whose disk is full when a renewed token should be kept."""

    def keep(self, lease: Lease, granted: Grant) -> Held:
        del lease, granted
        raise ConfigError("database or disk is full")


@dataclass(frozen=True)
class Away(StoredVault):
    """A vault whose database is away so many times when a renewed token should be kept."""

    times: list[int] = field(default_factory=list)

    def keep(self, lease: Lease, granted: Grant) -> Held:
        if self.times:
            raise TransientError(f"The database is away ({self.times.pop()}).")
        return super().keep(lease, granted)


def unwritable(vault: StoredVault) -> StoredVault:
    return Unwritable(vault.database, vault.connection_id, vault.connection, vault.seals, vault.clock)


def failure(stage: Stage, vault: StoredVault | None = None) -> ShortlistError:
    with pytest.raises(ShortlistError) as caught:
        use(stage.connector(vault))
    return caught.value


# F33: an access token expires in the middle of a run.


def test_f33_a_token_that_expires_mid_run_is_renewed_once_and_the_call_repeated(stage: Stage) -> None:
    connector, before = stage.connector(), stage.token_calls()
    use(connector)
    stage.expire()
    use(connector)
    use(connector)
    assert stage.token_calls() - before == 1
    assert connector.calls()["log in"] == 1


def test_f33_a_stored_session_serves_a_new_process_without_a_call_for_a_token(stage: Stage) -> None:
    before = stage.token_calls()
    use(stage.connector())
    use(stage.connector())
    assert stage.token_calls() == before


def test_f33_a_session_that_stays_refused_is_renewed_once_and_then_stops(stage: Stage) -> None:
    before = stage.token_calls()
    expired = (
        {"body": [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]}
        if stage.place.crm == "salesforce"
        else {"body": {"status": "error", "category": "EXPIRED_AUTHENTICATION", "message": "expired"}}
    )
    stage.control("faults", {"path": "^/(services/data|crm)", "status": 401, **expired})
    assert type(failure(stage)) is AuthError
    assert stage.token_calls() - before == 1


def test_f33_a_proxy_s_401_costs_no_refresh_token(stage: Stage) -> None:
    before = stage.token_calls()
    proxy = {"path": "^/(services/data|crm)", "status": 401, "body": "<html>Sign in to the proxy</html>"}
    stage.control("faults", proxy)
    assert isinstance(failure(stage), TransientError)
    assert stage.token_calls() == before


def test_f33_a_session_that_rest_does_not_take_costs_no_refresh_token(rotating: Stage) -> None:
    before = rotating.token_calls()
    problem = {
        "message": "This session is not valid for use with the REST API",
        "errorCode": "INVALID_SESSION_ID",
    }
    rotating.control("faults", {"path": "^/services/data", "status": 401, "body": [problem]})
    assert "not valid for use with the REST API" in str(failure(rotating))
    assert rotating.token_calls() == before


def test_f33_hubspot_s_token_is_renewed_a_minute_before_its_half_hour_ends(tmp_path: Path) -> None:
    with staged(tmp_path, "hubspot") as stage:
        stage.connect()
        before = stage.token_calls()
        stage.clock.advance(timedelta(minutes=28))
        use(stage.connector())
        assert stage.token_calls() == before
        stage.clock.advance(timedelta(minutes=1, seconds=1))
        use(stage.connector())
        assert stage.token_calls() - before == 1


# F34: each refresh gives a new refresh token, and the old one is worth nothing.


def test_f34_rotated_tokens_are_followed_over_many_renewals_and_processes(shared: Stage) -> None:
    seen = {shared.vault.read().grant.refresh_token}
    for _ in range(4):
        shared.expire()
        use(shared.connector())
        seen.add(shared.vault.read().grant.refresh_token)
    assert len(seen) == 5
    assert shared.vault.read().generation == 5


def test_f34_a_token_that_could_not_be_stored_is_never_used(rotating: Stage) -> None:
    rotating.expire()
    use_before = rotating.requests()
    assert "disk is full" in str(failure(rotating, unwritable(rotating.vault)))
    # The refused call and the renewal, and nothing with the token that the renewal gave.
    assert rotating.requests() - use_before == 2


def test_f34_a_database_that_is_away_for_a_moment_loses_no_token(rotating: Stage) -> None:
    rotating.expire()
    vault = rotating.vault
    away = Away(
        vault.database, vault.connection_id, vault.connection, vault.seals, vault.clock, times=[1, 2, 3]
    )
    use(rotating.connector(away))
    assert not away.times
    use(rotating.connector())
    assert vault.read().generation == 2


def test_f34_a_refresh_token_that_is_not_rotated_stays(tmp_path: Path) -> None:
    with staged(tmp_path, "hubspot") as stage:
        first = stage.connect().refresh_token
        stage.expire()
        use(stage.connector())
        assert stage.vault.read().grant.refresh_token == first


# F35: two workers renew at once.


def test_f35_two_processes_that_renew_at_once_make_one_renewal(shared: Stage) -> None:
    shared.expire()
    shared.control("faults", {"path": "^/services/oauth2/token$", "delay_seconds": 0.5})
    before = shared.token_calls()
    assert other_processes(shared.place, 2) == ["done", "done"]
    assert shared.token_calls() - before == 1
    use(shared.connector())
    assert shared.vault.read().generation == 2


def test_f35_the_same_for_hubspot(tmp_path: Path) -> None:
    with staged(tmp_path, "hubspot") as stage:
        stage.connect()
        stage.expire()
        stage.control("faults", {"path": "^/oauth/v3/token$", "delay_seconds": 0.5})
        before = stage.token_calls()
        assert other_processes(stage.place, 2) == ["done", "done"]
        assert stage.token_calls() - before == 1


def test_f35_who_finds_a_newer_grant_uses_it_without_a_call(rotating: Stage) -> None:
    slow, quick = rotating.connector(), rotating.connector()
    use(slow)
    rotating.expire()
    use(quick)
    before = rotating.token_calls()
    use(slow)
    assert rotating.token_calls() == before


def test_f35_a_lease_is_waited_for_and_not_taken_from_a_living_process(rotating: Stage) -> None:
    rotating.expire()
    held = rotating.vault.read()
    assert rotating.vault.claim(held) is not None
    before = rotating.token_calls()
    assert isinstance(failure(rotating), TransientError)
    assert rotating.token_calls() == before
    rotating.clock.advance(LEASE + timedelta(milliseconds=1))
    use(rotating.connector())


def test_f35_a_clock_that_is_turned_back_does_not_lengthen_a_lease(rotating: Stage) -> None:
    rotating.expire()
    assert rotating.vault.claim(rotating.vault.read()) is not None
    rotating.clock.advance(-timedelta(hours=1))
    use(rotating.connector())


def test_f35_who_was_too_slow_keeps_the_newer_grant(shared: Stage) -> None:
    vault = shared.vault
    lease = vault.claim(vault.read())
    assert lease is not None
    shared.connect()
    newest = vault.read()
    assert vault.keep(lease, replace(lease.held.grant, refresh_token=SecretText("late"))) == newest
    vault.stop(lease, "late")
    vault.release(lease, is_answered=True)
    assert vault.read() == newest


# F36: a crash between the CRM's answer and our commit.


def test_f36_a_process_that_dies_before_it_asks_heals_without_a_person(rotating: Stage) -> None:
    rotating.expire()
    assert other_processes(rotating.place, 1, "before the exchange") == ["killed"]
    rotating.clock.advance(LEASE + timedelta(seconds=1))
    use(rotating.connector())


def test_f36_a_lost_token_ends_in_one_try_and_a_message_that_says_what_to_do(shared: Stage) -> None:
    shared.expire()
    assert other_processes(shared.place, 1, "before the new token is kept") == ["killed"]
    before = shared.token_calls()
    assert isinstance(failure(shared), TransientError)  # the lease of the dead one still runs
    assert shared.token_calls() == before
    shared.clock.advance(LEASE + timedelta(seconds=1))
    first, *others = (failure(shared) for _ in range(5))
    assert all(isinstance(error, ReconnectNeeded) for error in (first, *others))
    assert shared.token_calls() - before == 1
    for error in others:
        assert f"shortlist connect {NAME}" in str(error)
        assert "cut short" in str(error)
    shared.connect()
    use(shared.connector())


def test_f36_hubspot_survives_a_lost_answer_because_it_does_not_rotate(tmp_path: Path) -> None:
    with staged(tmp_path, "hubspot") as stage:
        stage.connect()
        stage.expire()
        assert other_processes(stage.place, 1, "before the new token is kept") == ["killed"]
        stage.clock.advance(LEASE + timedelta(seconds=1))
        use(stage.connector())


def test_f36_an_answer_lost_on_the_way_is_asked_for_once_more_and_no_oftener(rotating: Stage) -> None:
    rotating.expire()
    before = rotating.token_calls()
    rotating.control("faults", {"path": "^/services/oauth2/token$", "drop": "after", "times": 1})
    assert isinstance(failure(rotating), ReconnectNeeded)
    failure(rotating)
    assert rotating.token_calls() - before == 2


def test_f36_a_token_endpoint_that_fails_for_a_moment_is_asked_again(stage: Stage) -> None:
    stage.expire()
    stage.control("faults", {"path": "token$", "status": 503, "body": "<html>later</html>", "times": 2})
    use(stage.connector())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_grant", "Token request is already being processed."),
        ("unknown_error", "retry your request"),
    ],
)
def test_f36_a_refusal_that_passes_is_asked_again_some_times_and_spoils_no_grant(
    rotating: Stage, code: str, words: str
) -> None:
    fault = {"path": "token$", "status": 400, "body": {"error": code, "error_description": words}}
    rotating.expire()
    rotating.control("faults", {**fault, "times": 2})
    use(rotating.connector())
    rotating.expire()
    before = rotating.token_calls()
    rotating.control("faults", {**fault, "times": 6})
    error = failure(rotating)
    assert isinstance(error, TransientError)
    assert words in str(error)
    assert rotating.token_calls() - before == 6
    use(rotating.connector())


# F37: the app is revoked, the user deactivated.


def test_f37_a_revoked_app_is_asked_once_and_never_again(stage: Stage) -> None:
    stage.revoke_app()
    before = stage.token_calls()
    errors = [failure(stage) for _ in range(5)]
    assert all(isinstance(error, ReconnectNeeded) for error in errors)
    assert stage.token_calls() - before == 1
    quiet = stage.requests()
    assert f"shortlist connect {NAME}" in str(failure(stage))
    assert stage.requests() == quiet
    stage.connect()
    use(stage.connector())


@pytest.mark.parametrize(
    "body",
    [
        {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"},
        {"status": "error", "message": "missing or unknown Refresh Token", "category": "VALIDATION_ERROR"},
    ],
)
@pytest.mark.parametrize("status", [400, 401])
def test_f37_a_refusal_in_hubspot_s_older_form_asks_for_a_new_connection(
    tmp_path: Path, body: dict[str, str], status: int
) -> None:
    with staged(tmp_path, "hubspot") as stage:
        stage.connect()
        stage.expire()
        stage.control("faults", {"path": "^/oauth/v3/token$", "status": status, "body": body})
        assert isinstance(failure(stage), ReconnectNeeded)
        quiet = stage.requests()
        assert f"shortlist connect {NAME}" in str(failure(stage))
        assert stage.requests() == quiet


def test_f37_another_refusal_without_an_error_does_not_end_the_connection(tmp_path: Path) -> None:
    with staged(tmp_path, "hubspot") as stage:
        stage.connect()
        stage.expire()
        body = {"status": "error", "message": "odd", "category": "VALIDATION_ERROR"}
        stage.control("faults", {"path": "^/oauth/v3/token$", "status": 400, "body": body, "times": 1})
        assert not isinstance(failure(stage), ReconnectNeeded)
        use(stage.connector())


def test_f37_a_deactivated_user_stops_the_connection(rotating: Stage) -> None:
    user = rotating.app.backend.integration_user_id
    rotating.control("load", {"User": [{"Id": user, "IsActive": False}]})
    before = rotating.token_calls()
    errors = [failure(rotating) for _ in range(3)]
    assert all(isinstance(error, ReconnectNeeded) for error in errors)
    assert rotating.token_calls() - before == 1


def test_f37_a_wrong_client_secret_does_not_spoil_the_grant(stage: Stage) -> None:
    stage.expire()
    stage.app.backend.change_settings({"client_secret": "rotated-at-the-crm"})
    error = failure(stage)
    assert type(error) is AuthError
    assert "client_secret" in str(error)
    stage.app.backend.change_settings({"client_secret": CLIENT_SECRET})
    use(stage.connector())


# F38: the wrong kind of host.


def test_f38_tokens_of_another_host_are_never_sent_there(stage: Stage, tmp_path: Path) -> None:
    with staged(tmp_path / "other", stage.place.crm) as other:
        elsewhere = Place(stage.place.crm, other.place.url, stage.place.database_url, stage.place.key)
        connector = elsewhere.connector(stage.vault, patient(stage.clock))
        before = other.requests()
        with pytest.raises(ConfigError, match="shortlist connect"):
            use(connector)
        assert other.requests() == before


def test_f38_client_credentials_at_a_log_in_host_say_what_to_set(tmp_path: Path) -> None:
    with staged(tmp_path, "salesforce", host_kind="login") as stage:
        connector = stage.connector(auth="client_credentials", client_secret="env:SECRET")
        with pytest.raises(ConfigError, match="My Domain"):
            use(connector)


def test_f38_a_sign_in_that_names_a_host_of_strangers_is_refused(rotating: Stage) -> None:
    rotating.app.backend.change_settings({"instance_url": "https://salesforce.com.evil.example"})
    rotating.expire()
    before = rotating.requests()
    assert "not Salesforce's" in str(failure(rotating))
    assert rotating.requests() - before == 2


# The vault itself.


def test_s02_rows_that_were_swapped_are_refused(stage: Stage) -> None:
    other = stage.place.vault(stage.database, stage.clock, "another")
    other.store(replace(stage.vault.read().grant, refresh_token=SecretText("of-another")))
    with stage.database.write() as transaction:
        rows = transaction.execute(text("SELECT connection_id, sealed FROM vault"))
        sealed: dict[int, str] = {row[0]: row[1] for row in rows}
        first, second = sealed
        for mine, its in ((first, second), (second, first)):
            transaction.execute(
                text("UPDATE vault SET sealed = :sealed WHERE connection_id = :id"),
                {"sealed": sealed[its], "id": mine},
            )
    for vault in (stage.vault, other):
        with pytest.raises(ConfigError, match="another connection"):
            vault.read()
    with pytest.raises(ConfigError, match="another connection"):
        examine(stage.database, stage.place.seals())


def test_s02_another_key_opens_nothing_and_both_together_do(stage: Stage) -> None:
    old, new = stage.place.key, SecretText(new_key())
    only_new, both = seals([new]), seals([new, SecretText(old)])
    assert only_new
    assert both
    with pytest.raises(ConfigError, match=r"store\.keys"):
        replace(stage.vault, seals=only_new).read()
    before = stage.vault.read()
    assert reseal(stage.database, both) == [NAME]
    assert replace(stage.vault, seals=only_new).read() == before


def test_s03_no_secret_is_in_the_database_its_log_or_any_message(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {CLIENT_SECRET}
    connector = stage.connector()
    use(connector)
    for _ in range(2):
        grant = stage.vault.read().grant
        secrets |= {grant.refresh_token.plain(), grant.access_token.plain()}
        assert not any(secret in repr((grant, connector, stage.vault)) for secret in secrets)
        stage.expire()
        use(connector)
    stage.revoke_app()
    messages = [str(failure(stage)) for _ in range(2)]
    folder = Path(stage.place.database_url.removeprefix("sqlite:///")).parent
    files = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    assert any(b"vault" in content for content in files)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("waitress")]
    for secret in secrets:
        assert not any(secret.encode() in content for content in files)
        assert not any(secret in message for message in (*messages, *ours))


# Signing in.


def test_s07_a_sign_in_answered_for_another_attempt_is_refused() -> None:
    mine, other = attempt("http://localhost:8710/callback"), attempt("http://localhost:8710/callback")
    answer = f"http://localhost:8710/callback?code=abc&state={other.state}"
    with pytest.raises(ConfigError, match="not the answer"):
        mine.code_in(answer)
    assert other.code_in(answer) == "abc"


def test_s07_a_code_works_once_and_only_with_its_verifier(stage: Stage) -> None:
    sign_in = stage.place.sign_in(patient(stage.clock))
    trial = attempt(sign_in.redirect_url)
    answer = requests.get(trial.page(sign_in), allow_redirects=False, timeout=30).headers["Location"]
    code = trial.code_in(answer)
    with pytest.raises(AuthError):
        sign_in.granted(code, "another-verifier")
    with pytest.raises(AuthError):
        sign_in.granted(code, trial.verifier)


def test_a_revoked_grant_is_worth_nothing_and_revoking_twice_is_harmless(stage: Stage) -> None:
    sign_in = stage.place.sign_in(patient(stage.clock))
    grant = granted(sign_in)
    stage.vault.store(grant)
    sign_in.revoke(grant)
    sign_in.revoke(grant)
    stage.expire()
    assert isinstance(failure(stage), ReconnectNeeded)
