"""The ways to sign in to Salesforce, and which keys each of them takes."""

import pytest

from connectors import registry
from connectors.salesforce.settings import SalesforceSettings
from core.config import parse_config
from core.errors import ConfigError

GOOD = {
    "client_credentials": 'client_secret = "env:B"',
    "jwt": 'private_key = "file:key.pem"\nusername = "a@example.com"',
    "refresh_token": 'redirect_url = "http://localhost:9000/x"',
}


def parse(*lines: str) -> SalesforceSettings:
    text = "\n".join(
        [
            "[connections.sf]",
            'crm = "salesforce"',
            'instance_url = "https://acme.my.salesforce.com"',
            'client_id = "env:A"',
            *lines,
        ]
    )
    found: SalesforceSettings = parse_config(text, "config.toml", registry.settings_models()).connections[
        "sf"
    ]
    return found


@pytest.mark.parametrize("auth", GOOD)
def test_each_way_works_with_what_it_needs(auth: str) -> None:
    assert parse(f'auth = "{auth}"', GOOD[auth]).auth == auth


def test_client_credentials_need_not_be_named() -> None:
    assert parse(GOOD["client_credentials"]).auth == "client_credentials"


def test_an_app_without_a_secret_may_store_a_sign_in() -> None:
    assert parse('auth = "refresh_token"').client_secret is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), "needs client_secret"),
        (('auth = "jwt"',), "needs private_key, username"),
        (('auth = "jwt"', GOOD["jwt"], 'client_secret = "env:B"'), "does not use client_secret"),
        (('auth = "refresh_token"', GOOD["jwt"]), "does not use private_key, username"),
        (('client_secret = "env:B"', 'audience = "https://test.salesforce.com"'), "does not use audience"),
        (('auth = "password"',), "auth"),
        (('auth = "jwt"', GOOD["jwt"], 'audience = "https://evil.example"'), "audience must be"),
        (('auth = "refresh_token"', 'redirect_url = "http://evil.example/"'), "redirect_url must be"),
    ],
)
def test_what_is_missing_or_not_used_is_named(lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        parse(*lines)
    assert "connections.sf" in str(caught.value)
    assert "sf.:" not in str(caught.value)
