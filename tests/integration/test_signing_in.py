"""Signing in to the emulators: assertions, hosts, scopes, outbound messages to a real listener."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from connectors import registry
from connectors.contract import Connector
from connectors.hubspot.scopes import NEEDED_SCOPES
from connectors.salesforce.outbound import ACK, ACK_TYPE, OutboundMessages
from connectors.transport import Timing
from core.changes import Finding
from core.cursors import Cursor
from core.errors import AuthError, ConfigError
from core.hints import ChangeHint
from core.records import Account, Kind
from core.secret_refs import SecretRef
from core.secrets import SecretText
from tests.faults.signing import Stage, Ticking, patient, staged, use

HOOK = "canary-secret-of-the-address-0"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def org(tmp_path: Path, key: rsa.RSAPrivateKey) -> Iterator[Stage]:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with staged(tmp_path, "salesforce", certificate=public, is_sandbox=False) as stage:
        yield stage


def by_jwt(org: Stage, private_key: str, timing: Timing | None = None, **more: object) -> Connector:
    username = org.app.backend.store.get("User", org.app.backend.integration_user_id)["Username"]
    crm = registry.crm("salesforce")
    settings = crm.settings.model_validate(
        {
            "crm": "salesforce",
            "auth": "jwt",
            "instance_url": org.place.url,
            "client_id": "env:ID",
            "private_key": "env:KEY",
            "username": username,
            "emulator": True,
            **more,
        }
    )

    def reveal(reference: SecretRef) -> SecretText:
        return SecretText({"ID": "demo-client", "KEY": private_key}[reference.name])

    return crm.build(settings, reveal, timing or patient(Ticking(org.app.clock.now())))


def test_a_signed_assertion_signs_in_and_signs_in_again_when_the_session_ends(
    org: Stage, key: rsa.RSAPrivateKey
) -> None:
    connector = by_jwt(org, pem(key))
    use(connector)
    org.expire()
    use(connector)
    assert connector.calls()["log in"] == 2
    assert connector.org_id() == org.app.backend.org_settings.org_id


@pytest.mark.parametrize(
    "change",
    [
        {"username": "nobody@example.com"},
        {"audience": "https://test.salesforce.com"},
    ],
)
def test_an_assertion_for_another_user_or_kind_of_org_says_what_to_look_at(
    org: Stage, key: rsa.RSAPrivateKey, change: dict[str, Any]
) -> None:
    with pytest.raises(AuthError, match="audience") as caught:
        use(by_jwt(org, pem(key), **change))
    assert "PRIVATE KEY" not in str(caught.value)


def test_an_assertion_with_another_key_is_refused(org: Stage) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(AuthError, match="certificate"):
        use(by_jwt(org, pem(other)))


def test_an_assertion_that_is_too_old_is_refused(org: Stage, key: rsa.RSAPrivateKey) -> None:
    late = patient(Ticking(datetime(2020, 1, 1, tzinfo=UTC)))
    with pytest.raises(AuthError):
        use(by_jwt(org, pem(key), late))


def test_what_is_no_key_is_named(org: Stage) -> None:
    with pytest.raises(ConfigError, match="private_key"):
        use(by_jwt(org, "canary-no-key"))


def test_a_token_that_ends_between_pages_is_renewed_and_the_reading_goes_on(tmp_path: Path) -> None:
    """F20: the header of each request is made for it."""
    with staged(tmp_path, "salesforce", page_sizes=[3], rotate_refresh_tokens=True) as stage:
        stage.app.backend.load({"Account": [{"Name": f"Account {n}"} for n in range(10)]})
        stage.connect()
        connector = stage.connector()
        use(connector)
        before, names = stage.token_calls(), []
        for page in connector.pull(connector.streams[0], Cursor()):
            names += [record.name for record in page.records if isinstance(record, Account)]
            stage.expire()
        assert set(names) == {f"Account {n}" for n in range(10)}
        assert stage.token_calls() - before >= 3


def findings(connector: Connector, subject: str) -> list[Finding]:
    return [found for found in connector.check().findings if found.subject == subject]


def test_check_asks_hubspot_what_the_app_may_do(tmp_path: Path) -> None:
    with staged(tmp_path, "hubspot") as stage:
        stage.connect()
        (scopes,) = findings(stage.connector(), "scopes")
        assert scopes.level == "ok"
        assert not findings(stage.connector(), "surplus scopes")


def test_check_names_missing_and_surplus_scopes_of_an_app(tmp_path: Path) -> None:
    with staged(tmp_path, "hubspot") as stage:
        stage.connect()
        (token,) = stage.app.backend._portal.grants.refresh_tokens
        held = [*sorted(NEEDED_SCOPES - {"crm.lists.write"}), "oauth", "tickets"]
        stage.app.backend._portal.grants.refresh_tokens[token] = held
        stage.expire()
        connector = stage.connector()
        (missing,) = findings(connector, "scopes")
        (surplus,) = findings(connector, "surplus scopes")
        assert (missing.level, "crm.lists.write" in missing.message) == ("problem", True)
        assert "tickets" in surplus.message
        (version,) = findings(connector, "API version")
        assert "supported until" in version.message


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({}, {"business-intelligence"}),
        ({"export_above": 300_000}, {"business-intelligence", "crm.export"}),
        ({"web_events": "off"}, set()),
    ],
)
def test_hubspot_is_asked_for_the_scopes_that_the_settings_use_and_check_finds_none_of_them_surplus(
    tmp_path: Path, settings: dict[str, Any], asked: set[str]
) -> None:
    with staged(tmp_path, "hubspot") as stage:
        grant = stage.connect(**settings)
        assert {*grant.scopes} == {*NEEDED_SCOPES, "oauth", *asked}
        assert not findings(stage.connector(None, **settings), "surplus scopes")
        unused = asked & {"crm.export"}
        surplus = findings(stage.connector(), "surplus scopes")
        assert ["crm.export" in found.message for found in surplus] == [True] * len(unused)


def test_an_account_without_the_tier_is_connected_and_check_says_what_it_goes_without(tmp_path: Path) -> None:
    with staged(tmp_path, "hubspot", ungranted_scopes=["business-intelligence", "crm.export"]) as stage:
        grant = stage.connect(export_above=300_000)
        assert {*grant.scopes} == {*NEEDED_SCOPES, "oauth"}
        connector = stage.connector(export_above=300_000)
        assert [found.level for found in findings(connector, "scopes")] == ["ok", "warning"]
        (events,) = findings(connector, "web events")
        assert "not available" in events.message


def test_outbound_messages_of_the_emulator_are_read_and_acknowledged(org: Stage) -> None:
    got: list[ChangeHint] = []
    parser = OutboundMessages(org.app.backend.org_settings.org_id, SecretText(HOOK))
    server = HTTPServer(("127.0.0.1", 0), listener(parser, got))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}/salesforce/{HOOK}"
        subscription = {"object": "Account", "fields": ["Name"], "endpoint": endpoint}
        org.control("outbound", {"subscriptions": [subscription]})
        use(by_credentials(org))
        write_account(org, "Ann & <Co>")
        counts = org.control("outbound/deliver", {})
    finally:
        server.shutdown()
        server.server_close()
    assert counts["acknowledged"] == 1
    assert [(hint.kind, hint.object_name) for hint in got] == [(Kind.ACCOUNT, "Account")]
    assert org.app.backend.store.live("Account", got[0].remote_id)["Name"] == "Ann & <Co>"


def by_credentials(org: Stage) -> Connector:
    return org.connector(auth="client_credentials", client_secret="env:SECRET")


def write_account(org: Stage, name: str) -> None:
    """Somebody makes an account over the API."""
    form = {"grant_type": "client_credentials", "client_id": "demo-client"}
    form["client_secret"] = org.app.backend.org_settings.client_secret
    token = requests.post(f"{org.place.url}/services/oauth2/token", form, timeout=30).json()["access_token"]
    answer = requests.post(
        f"{org.place.url}/services/data/v66.0/sobjects/Account",
        json={"Name": name},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert answer.ok, answer.text


def listener(parser: OutboundMessages, got: list[ChangeHint]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            url = f"http://{self.headers['Host']}{self.path}"
            got.extend(parser.received(dict(self.headers), body, url, datetime.now(UTC)).hints)
            self.send_response(200)
            self.send_header("Content-Type", ACK_TYPE)
            self.end_headers()
            self.wfile.write(ACK)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
