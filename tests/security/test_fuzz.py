"""A bounded fuzzer: whatever comes in, the endpoint answers and never with 500, and parsers raise what they promise."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import registry
from core.config import Config, parse_config
from core.errors import ConfigError
from tests.hubspot_deliveries import CHANGE
from tests.security.doors import HUBSPOT, SALESFORCE, Doors, message, notification, signed

ANSWERS = {200, 400, 401, 404, 405, 408, 411, 413, 415, 429}
"""What a sender may hear; 404 and 405 of addresses that are none of ours."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*CHANGE, "mergedObjectIds", "toObjectId", "x"]), inner, max_size=6)
    ),
    max_leaves=20,
)
header_values = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
paths = st.text(max_size=40).map(lambda text: quote(text, safe="/")) | st.sampled_from(
    ["", "/", "/hubspot", "/hubspot/portal/x/y", "/hubspot/portal/%2F", "/salesforce/org/%00"]
)
quick = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def is_answered(web: Doors, status: int) -> None:
    """Whether it is one of the answers; lets time pass, so that the sender is not told to wait for ever."""
    assert status in ANSWERS
    web.clock[0] += timedelta(seconds=1)


@quick
@given(path=paths, body=st.binary(max_size=200), signature=header_values, timestamp=header_values)
def test_s12_any_request_is_answered(
    web: Doors, path: str, body: bytes, signature: str, timestamp: str
) -> None:
    headers = {"X-HubSpot-Signature-V3": signature, "X-HubSpot-Request-Timestamp": timestamp}
    is_answered(web, web.post(f"/hooks{path}", body, headers).status_code)


@quick
@given(document=json_values)
def test_s12_any_signed_json_is_answered(web: Doors, document: Any) -> None:
    body = json.dumps(document).encode()
    is_answered(web, web.post(HUBSPOT, body, signed(body, at=web.clock[0])).status_code)


@quick
@given(events=st.lists(json_values, max_size=4))
def test_s12_any_events_beside_a_good_one_do_not_keep_it_away(web: Doors, events: list[Any]) -> None:
    body = json.dumps([*events, CHANGE]).encode()
    status = web.post(HUBSPOT, body, signed(body, at=web.clock[0])).status_code
    is_answered(web, status)
    assert status == 200 or b"\\ud" in body or _has_large_number(body)
    if status == 200:
        assert web.rows() >= 1


def _has_large_number(body: bytes) -> bool:
    """Whether a number in it is one that JSON readers differ about."""
    return any(len(part) > 18 for part in body.replace(b"-", b"").split(b",")) or b"e+" in body


@quick
@given(place=st.integers(0, 900), junk=st.binary(min_size=1, max_size=6))
def test_s15_a_damaged_message_is_answered(web: Doors, place: int, junk: bytes) -> None:
    body = message(notification(), notification(2, "Contact"))
    damaged = body[:place] + junk + body[place + 1 :]
    is_answered(web, web.post(SALESFORCE, damaged, {"Content-Type": "text/xml"}).status_code)


_KEYS = [
    *Config.model_fields, "crm", "url", "keys", "token", "client_secret", "hints", "fields", "public_url",
    "drift", "aliases", "tier_moves_percent", "instance_url", "base_url", "salesforce", "hubspot", "source",
]  # fmt: skip
_VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=12)
    | st.sampled_from(["salesforce", "hubspot", "env:X", "file:/x", "webhooks", "https://a.example", "http://["]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


def only_a_config_error(text: str) -> None:
    """Whether a configuration is read or refused as such."""
    with suppress(ConfigError):
        parse_config(text, "config.toml", registry.settings_models())


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=6))
def test_s21_any_configuration_is_read_or_refused_with_a_config_error(document: dict[str, Any]) -> None:
    only_a_config_error(tomlkit.dumps(document))


@settings(max_examples=150)
@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")))
def test_s21_any_text_is_read_or_refused_with_a_config_error(text: str) -> None:
    only_a_config_error(text)


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 100_000, "a = " + "9" * 5000, "a = 1979-13-45", "a." * 900 + "b = 1", "[a" * 9999],
)
def test_s21_configurations_made_to_break_a_reader_are_refused(text: str) -> None:
    only_a_config_error(text)
