"""S05: an answer may repeat what it was asked with; nothing of that reaches a message, a traceback or a run."""

import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Connector
from connectors.transport import redact
from core.changes import FieldWrite, WriteResult
from core.errors import ShortlistError
from core.records import Kind, RecordRef
from core.secrets import SecretText, blanked
from tests.faults.signing import CLIENT_SECRET, RECORDS, Stage, staged, use

CANARY = "00DcanaryAQEAQ.of-an-answer"
"""A token of somebody else, which only its surroundings tell to be one."""
SHAPES = (
    "Authorization: Bearer {}",
    "Bearer {}",
    "bearer  {}",
    '{{"access_token":"{}"}}',
    "access_token={}&x=1",
    "refresh_token={}",
    "client_secret={}",
    '"client_secret": "{}"',
    "https://x.example/?sid={}",
    "assertion={}",
)
BOTH = ("salesforce", "hubspot")


@pytest.mark.parametrize("shape", SHAPES)
def test_s05_a_token_is_known_by_what_stands_before_it(shape: str) -> None:
    assert "canary" not in redact(f"Bad request: {shape.format(CANARY)} was refused")


def test_s05_a_secret_of_this_process_is_known_by_itself() -> None:
    SecretText("canary-held-8f1b")
    assert redact("The key canary-held-8f1b is wrong") == "The key *** is wrong"
    assert blanked("canary-held-8f1b!") == "***!"
    assert SecretText("a")
    assert blanked("a word") == "a word"


@pytest.fixture(params=BOTH)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path, request.param) as made:
        made.connect()
        yield made


def echo(stage: Stage) -> str:
    """Words that repeat every secret of a connection, and a stranger's token in every shape."""
    grant = stage.vault.read().grant
    own = [grant.access_token.plain(), grant.refresh_token.plain(), CLIENT_SECRET]
    return " | ".join([*own, *(shape.format(CANARY) for shape in SHAPES)])


def body_of(stage: Stage, words: str, code: str) -> Any:
    if stage.place.crm == "salesforce":
        return [{"message": words, "errorCode": f"{code} {words}"}]
    return {
        "status": "error",
        "message": words,
        "category": f"{code} {words}",
        "policyName": words,
        "context": {"propertyName": [words]},
        "errors": [{"message": words, "code": f"{code} {words}"}],
    }


def read(connector: Connector) -> None:
    use(connector)


def check(connector: Connector) -> None:
    report = connector.check()
    raise ShortlistError(repr(report))


def write(connector: Connector) -> None:
    ref = RecordRef(Kind.ACCOUNT, RECORDS[connector.crm])
    results: list[WriteResult] = connector.write_fields([FieldWrite(ref, {"abm_tier": "none"})])
    raise ShortlistError(repr(results))


STATUSES = (400, 401, 403, 404, 409, 410, 429, 500, 503)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("form", ["their JSON", "a text"])
@pytest.mark.parametrize("make", [read, check, write])
def test_s05_no_error_of_either_connector_repeats_a_secret(
    stage: Stage,
    status: int,
    form: str,
    make: Callable[[Connector], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    words = echo(stage)
    told = body_of(stage, words, "INVALID") if form == "their JSON" else words
    headers = {"X-Echo": words, "WWW-Authenticate": f"Bearer {CANARY}"}
    rule = {"path": "^/(services/data|crm|account)", "status": status, "headers": headers, "body": told}
    stage.control("faults", rule)
    with pytest.raises(ShortlistError) as caught:
        make(stage.connector())
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith(("waitress", "werkzeug"))]
    assert not leaks(stage, "".join(traceback.format_exception(caught.value)), *ours)


@pytest.mark.parametrize("status", [400, 401, 403, 500])
@pytest.mark.parametrize("form", ["their JSON", "a text"])
def test_s05_nor_does_an_error_of_the_token_endpoint(stage: Stage, status: int, form: str) -> None:
    words = echo(stage)
    told = {"error": f"invalid {words}", "error_description": words} if form == "their JSON" else words
    stage.expire()
    stage.control("faults", {"path": "token$", "status": status, "body": told})
    with pytest.raises(ShortlistError) as caught:
        use(stage.connector())
    assert not leaks(stage, "".join(traceback.format_exception(caught.value)))


def leaks(stage: Stage, *texts: str) -> list[str]:
    grant = stage.vault.peek()
    assert grant is not None
    secrets = {"canaryAQEAQ", CLIENT_SECRET, grant.access_token.plain(), grant.refresh_token.plain()}
    return [text for text in texts if any(secret in text for secret in secrets)]
