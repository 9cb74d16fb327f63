"""The settings of a HubSpot connection, and the version its paths carry."""

from datetime import date

import pytest
from pydantic import ValidationError

from connectors.hubspot import version
from connectors.hubspot.build import build
from connectors.hubspot.settings import HubspotSettings
from connectors.transport import Timing
from core.errors import ConfigError
from core.secrets import SecretText


def settings(**more: object) -> HubspotSettings:
    return HubspotSettings.model_validate({"crm": "hubspot", "token": "env:HUBSPOT_TOKEN", **more})


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.hubapi.com",
        "https://hubapi.com.evil.example",
        "https://evilhubapi.com",
        "https://127.0.0.1:8802",
        "http://127.0.0.1:8802",
        "http://192.168.0.5:8802",
        "ftp://api.hubapi.com",
        "nonsense",
        "https://api.hubapi.com:8443",
        "https://api.hubapi.com:x",
        "https://me@api.hubapi.com",
        "https://api.hubapi.com/path",
    ],
)
def test_other_hosts_never_see_the_token(base_url: str) -> None:
    with pytest.raises(ValidationError, match="base_url"):
        settings(base_url=base_url)


@pytest.mark.parametrize("base_url", ["https://api.hubapi.com", "https://api-eu1.hubapi.com"])
def test_hubspots_hosts_are_fine(base_url: str) -> None:
    assert settings(base_url=base_url).host == base_url.removeprefix("https://")


@pytest.mark.parametrize("host", ["127.0.0.1:8802", "localhost:8802", "[::1]:8802"])
def test_plain_http_is_for_an_emulator_on_this_machine(host: str) -> None:
    assert settings(base_url=f"http://{host}", emulator=True).host == host


def test_an_emulator_elsewhere_is_refused() -> None:
    with pytest.raises(ValidationError, match="base_url"):
        settings(base_url="http://emulator.example:8802", emulator=True)


def test_each_connection_has_a_mapping_of_its_own() -> None:
    first, second = settings(), settings(fields={"industry": "sector"})

    assert first.fields["industry"] == "industry"
    assert second.fields == {"industry": "sector"}


@pytest.mark.parametrize("token", ["pat na1", "pat\nHost: evil.example", "pät-na1"])
def test_a_token_that_is_no_header_value_is_refused_unshown(token: str) -> None:
    with pytest.raises(ConfigError) as raised:
        build(settings(), lambda _: SecretText(token), Timing())

    assert "env:HUBSPOT_TOKEN" in str(raised.value)
    assert token not in str(raised.value)


def test_every_path_carries_the_version() -> None:
    paths = [
        version.objects("companies"),
        version.record("companies", "1"),
        version.batch("companies", "update"),
        version.search("contacts"),
        version.associations("contacts", "companies"),
        version.properties("companies"),
        version.property_group("companies", "abm"),
        version.pipelines("deals"),
        version.memberships("5"),
        version.ACCOUNT_DETAILS,
        version.DAILY_USAGE,
    ]

    assert all(f"/{version.API_VERSION}" in path for path in paths)
    assert date(2026, 3, 30) < version.SUPPORTED_UNTIL


def test_names_in_paths_cannot_change_the_path() -> None:
    assert version.list_by_name("0-2", "ABM: 1:1 a/b?").endswith("/name/ABM%3A%201%3A1%20a%2Fb%3F")
    assert version.record("companies", "../x").endswith("/companies/..%2Fx")


def oauth(**more: object) -> HubspotSettings:
    own = {"crm": "hubspot", "auth": "oauth", "client_id": "env:A", "client_secret": "env:B"}
    return HubspotSettings.model_validate({**own, **more})


def test_an_app_signs_in_at_hubspot_and_an_emulated_one_at_the_emulator() -> None:
    assert oauth().app_url == "https://app.hubspot.com"
    emulated = oauth(base_url="http://127.0.0.1:8802/", emulator=True)
    assert emulated.app_url == "http://127.0.0.1:8802"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"crm": "hubspot"}, "needs token"),
        ({"crm": "hubspot", "auth": "oauth"}, "needs client_id, client_secret"),
        ({"crm": "hubspot", "token": "env:T", "client_id": "env:A"}, "does not use client_id"),
        (
            {
                "crm": "hubspot",
                "auth": "oauth",
                "token": "env:T",
                "client_id": "env:A",
                "client_secret": "env:B",
            },
            "does not use token",
        ),
    ],
)
def test_what_a_way_to_sign_in_lacks_or_does_not_use_is_named(given: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        HubspotSettings.model_validate(given)
