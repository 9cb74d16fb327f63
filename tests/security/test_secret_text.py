"""S04: whatever is made of a secret that is held in memory says ***, and only `plain` tells it."""

import copy
import json
import logging
import pickle
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from connectors import registry
from connectors.transport import Timing
from core.config import Config
from core.grants import Grant
from core.secret_refs import SecretRef
from core.secrets import SHOWN, SecretText
from store.sealing import new_key, seals
from tests.faults.signing import staged, use

TEXTS = st.text(min_size=4).filter(lambda text: text not in "***" and text not in "{'secret': '***'}")
KEY = new_key()


@dataclass
class Holder:
    secret: SecretText


class Model(BaseModel):
    secret: SecretText


@given(TEXTS)
def test_s04_a_secret_prints_as_three_stars_in_every_form(text: str) -> None:
    secret = SecretText(text)
    assert {str(secret), repr(secret), f"{secret}", f"{secret!r}", f"{secret:>40}"} == {SHOWN}
    assert f"{secret!s:.3}" == SHOWN
    assert "{}|{!r}".format(secret, secret) == "***|***"  # noqa: UP032 the other way to format
    assert "%s %r" % (secret, secret) == "*** ***"  # noqa: UP031 and the oldest
    assert Template("$it").substitute(it=secret) == SHOWN
    assert secret.plain() == text


@given(TEXTS)
def test_s04_no_document_holds_it(text: str) -> None:
    secret = SecretText(text)
    written = [
        json.dumps({"secret": secret}, default=str),
        json.dumps({"secret": secret}, default=repr),
        orjson.dumps({"secret": secret}, default=str).decode(),
        orjson.dumps(Holder(secret), default=str).decode(),
        json.dumps(asdict(Holder(secret)), default=str),
        Model(secret=secret).model_dump_json(),
        json.dumps(Model(secret=secret).model_dump()),
        repr(Model(secret=secret)),
        repr(Holder(secret)),
    ]
    assert {one.replace(" ", "") for one in written[:7]} == {'{"secret":"***"}'}
    assert written[7:] == ["Model(secret=***)", "Holder(secret=***)"]


@pytest.mark.parametrize("write", [json.dumps, orjson.dumps, pickle.dumps])
def test_s04_what_knows_no_stars_refuses(write: Any) -> None:
    with pytest.raises(TypeError):
        write([SecretText("canary")])
    assert not hasattr(SecretText("canary"), "__dict__")


@given(TEXTS, TEXTS)
def test_s04_secrets_compare_by_their_text_and_copies_are_the_same_one(one: str, other: str) -> None:
    assert (SecretText(one) == SecretText(other)) is (one == other)
    assert SecretText(one) != one
    assert len({SecretText(one), SecretText(one)}) == 1
    secret = SecretText(one)
    assert copy.deepcopy([secret])[0] is copy.copy(secret) is secret


@given(TEXTS)
def test_s04_a_grant_tells_nothing_and_comes_back_whole_from_its_seal(text: str) -> None:
    ends = datetime(2026, 11, 26, tzinfo=UTC)
    grant = Grant("https://x", "1", SecretText(text), SecretText(text), scopes=("a",), expires_at=ends)
    keys = seals([SecretText(KEY)])
    assert keys is not None
    sealed = keys.seal("mine", grant)
    assert keys.open("mine", sealed) == grant
    assert repr(grant).count(SHOWN) == 2
    assert KEY not in repr(keys)


def test_s04_a_log_line_shows_stars(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("token %s of %r", SecretText("canary-1"), {"it": SecretText("canary-2")})
    assert caplog.messages == ["token *** of {'it': ***}"]


def test_s04_what_a_reference_reveals_is_such_a_text_and_the_configuration_shows_no_password() -> None:
    found = SecretRef(source="env", name="X").reveal({"env": {"X": "canary-9"}.__getitem__})
    assert type(found) is SecretText
    shown = repr(
        Config.model_validate({"store": {"url": "postgresql://a:canary-9@b/c"}, "connections": {"x": 1}})
    )
    assert "canary-9" not in shown


HELD: tuple[tuple[str, dict[str, str]], ...] = (
    ("salesforce", {}),
    ("salesforce", {"auth": "client_credentials"}),
    ("hubspot", {}),
)


@pytest.mark.parametrize(("crm", "more"), HELD)
def test_s04_nothing_that_a_connector_is_made_of_prints_a_secret(
    crm: str, more: dict[str, str], tmp_path: Path
) -> None:
    with staged(tmp_path, crm) as stage:
        grant = stage.connect()
        given: dict[str, Any] = {**more, "client_secret": "env:SECRET"}
        connector = stage.connector(**given)
        use(connector)
        printed = [repr(one) for one in parts(connector)]
        secrets = {grant.refresh_token.plain(), grant.access_token.plain(), "canary-client-secret-5b1c"}
        assert len(printed) > 10
        assert not [text for text in printed if any(secret in text for secret in secrets)]


def parts(whole: object) -> list[object]:
    """An object of ours and everything in its fields, however deep."""
    seen: dict[int, object] = {}
    waiting = [whole]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        if isinstance(one, partial):
            waiting += [one.func, *one.args]
        elif isinstance(one, dict):
            waiting += list(one.values())
        elif isinstance(one, list | tuple):
            waiting += list(one)
        elif is_dataclass(one) and not isinstance(one, type):
            waiting += [getattr(one, field.name) for field in fields(one)]
            waiting += list(getattr(one, "__dict__", {}).values())
        elif type(one).__module__.split(".")[0] in ("connectors", "store", "core"):
            waiting += list(getattr(one, "__dict__", {}).values())
    return list(seen.values())


def test_s04_static_tokens_print_as_stars_too() -> None:
    settings = registry.crm("hubspot").settings.model_validate({"crm": "hubspot", "token": "env:T"})
    connector = registry.crm("hubspot").build(settings, lambda _: SecretText("pat-canary"), Timing())
    printed = [repr(one) for one in parts(connector)]
    assert "StaticToken(token=***)" in printed
    assert not [text for text in printed if "canary" in text]
