"""Signing in to the Salesforce emulator: every grant, its refusals, revoking and looking into tokens."""

from __future__ import annotations

import base64
import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.integration.test_salesforce_emulator import LOGIN, Api, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = {"client_id": "demo-client", "client_secret": "demo-secret"}
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
USER = "ada.rep@emulated.example"
CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 64


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shortlist")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def token(api: Api, **form: str) -> requests.Response:
    return requests.post(f"{api.url}/services/oauth2/token", data=form, timeout=10)


def refusal(answer: requests.Response) -> tuple[str, str]:
    assert answer.status_code == 400
    assert list(answer.json()) == ["error", "error_description"]
    return answer.json()["error"], answer.json()["error_description"]


def works(api: Api, access_token: str) -> bool:
    headers = {"Authorization": f"Bearer {access_token}"}
    answer = requests.get(f"{api.url}{api.base}/limits", headers=headers, timeout=10)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def assertion(key: rsa.RSAPrivateKey, **changes: Any) -> str:
    claims = {
        "iss": "demo-client",
        "sub": USER,
        "aud": "https://test.salesforce.com",
        "exp": int(time.time()) + 180,
    }
    return jwt.encode({**claims, **changes}, key, algorithm="RS256")


def authorize(api: Api, **args: str) -> dict[str, str]:
    """Ask for a code; what the redirect URI is called with."""
    given = {"response_type": "code", "client_id": "demo-client", "redirect_uri": CALLBACK, **args}
    answer = requests.get(
        f"{api.url}/services/oauth2/authorize", params=given, timeout=10, allow_redirects=False
    )
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def sign_in(api: Api, **args: str) -> Any:
    """The token reply of a whole web server flow."""
    code = authorize(api, **args)["code"]
    answer = token(api, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **APP)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refresh(api: Api, refresh_token: str) -> requests.Response:
    return token(api, grant_type="refresh_token", refresh_token=refresh_token, **APP)


def test_a_signed_assertion_gets_a_token_of_its_user(
    api: Api, key: rsa.RSAPrivateKey, certificate: str
) -> None:
    api.control("settings", {"certificate": certificate})
    answer = token(api, grant_type=JWT, assertion=assertion(key)).json()
    assert answer["access_token"].startswith("00DEm0000000001!")
    assert answer["id"].startswith("https://test.salesforce.com/id/00DEm0000000001MAA/005")
    assert "refresh_token" not in answer
    assert works(api, answer["access_token"])


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"iss": "other"}, ("invalid_client_id", "client identifier invalid")),
        ({"aud": "https://login.salesforce.com"}, ("invalid_grant", "audience is invalid")),
        ({"exp": 1}, ("invalid_grant", "expired authorization code")),
        ({"exp": "soon"}, ("invalid_grant", "invalid assertion")),
        ({"sub": "nobody@emulated.example"}, ("invalid_grant", "user hasn't approved this consumer")),
        ({"sub": "ben.rep@emulated.example"}, ("invalid_grant", "user hasn't approved this consumer")),
        ({"sub": "cleo.rep@emulated.example"}, ("inactive_user", "user is inactive")),
    ],
)
def test_an_assertion_is_refused_for_each_wrong_claim(
    api: Api, key: rsa.RSAPrivateKey, certificate: str, changes: dict[str, Any], wanted: tuple[str, str]
) -> None:
    api.control("settings", {"certificate": certificate, "unapproved_users": ["ben.rep@emulated.example"]})
    user = api.query("SELECT Id FROM User WHERE Username = 'cleo.rep@emulated.example'")["records"][0]["Id"]
    api.control("load", {"User": [{"Id": user, "IsActive": False}]})
    assert refusal(token(api, grant_type=JWT, assertion=assertion(key, **changes))) == wanted


def test_an_assertion_is_refused_without_the_right_signature(
    api: Api, key: rsa.RSAPrivateKey, certificate: str
) -> None:
    wanted = ("invalid_grant", "invalid assertion")
    assert refusal(token(api, grant_type=JWT, assertion=assertion(key))) == wanted  # no certificate yet
    api.control("settings", {"certificate": certificate})
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    unsigned = jwt.encode({"iss": "demo-client"}, "x" * 32, algorithm="HS256")
    for text in (assertion(stranger), unsigned, "a.b", "a.b.c", ""):
        assert refusal(token(api, grant_type=JWT, assertion=text)) == wanted


def test_a_certificate_that_is_none_is_not_taken(api: Api) -> None:
    answer = api.session.post(f"{api.url}/_emulator/settings", json={"certificate": "x"}, timeout=10)
    assert answer.status_code == 400
    assert api.control("settings")["certificate"] == ""


def test_a_code_brings_a_token_and_a_refresh_token_once(api: Api) -> None:
    back = authorize(api, state="s 1", login_hint=USER)
    assert back["state"] == "s 1"
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": CALLBACK, **APP}
    answer = token(api, **form).json()
    assert works(api, answer["access_token"])
    assert answer["scope"] == "api refresh_token"
    assert refusal(token(api, **form)) == ("invalid_grant", "invalid authorization code")
    assert works(api, refresh(api, answer["refresh_token"]).json()["access_token"])


def test_without_the_scope_there_is_no_refresh_token(api: Api) -> None:
    assert "refresh_token" not in sign_in(api, scope="api")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"code_verifier": "w" * 64}, ("invalid_grant", "invalid code verifier")),
        (
            {"redirect_uri": f"{CALLBACK}/"},
            ("redirect_uri_mismatch", "redirect_uri must match configuration"),
        ),
        ({"client_secret": "x"}, ("invalid_client", "invalid client credentials")),
        ({"code": "x"}, ("invalid_grant", "invalid authorization code")),
    ],
)
def test_a_code_is_worth_nothing_without_all_that_belongs_to_it(
    api: Api, changes: dict[str, str], wanted: tuple[str, str]
) -> None:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **APP}
    code = authorize(api, code_challenge=challenge)["code"]
    assert refusal(token(api, **{**form, "code": code, **changes})) == wanted
    code = authorize(api, code_challenge=challenge)["code"]
    assert token(api, **{**form, "code": code}).status_code == 200


def test_a_code_expires(api: Api) -> None:
    code = authorize(api)["code"]
    api.control("clock", {"advance_seconds": 901})
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **APP}
    assert refusal(token(api, **form)) == ("invalid_grant", "expired authorization code")


def test_what_goes_wrong_before_a_code_comes_back_to_the_app(api: Api) -> None:
    assert authorize(api, response_type="token")["error"] == "unsupported_response_type"
    api.control("settings", {"deny_consent": True})
    assert authorize(api, state="7") == {
        "error": "access_denied",
        "error_description": "end-user denied authorization",
        "state": "7",
    }
    api.control("settings", {"require_pkce": True})
    assert authorize(api)["error_description"] == "missing required code challenge"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "x"}, "invalid_client_id"),
        ({"redirect_uri": "http://evil.example/"}, "redirect_uri_mismatch"),
    ],
)
def test_nobody_is_sent_to_an_address_the_app_does_not_have(
    api: Api, changes: dict[str, str], code: str
) -> None:
    given = {"response_type": "code", "client_id": "demo-client", "redirect_uri": CALLBACK, **changes}
    answer = requests.get(
        f"{api.url}/services/oauth2/authorize", params=given, timeout=10, allow_redirects=False
    )
    assert refusal(answer)[0] == code


def test_registered_addresses_must_match_to_the_letter(api: Api) -> None:
    api.control("settings", {"redirect_uris": [CALLBACK]})
    assert authorize(api)["code"]
    given = {"response_type": "code", "client_id": "demo-client", "redirect_uri": f"{CALLBACK}?x=1"}
    answer = requests.get(f"{api.url}/services/oauth2/authorize", params=given, timeout=10)
    assert refusal(answer)[0] == "redirect_uri_mismatch"


def test_without_rotation_a_refresh_token_works_again_and_again(api: Api) -> None:
    first = sign_in(api)["refresh_token"]
    for _ in range(2):
        answer = refresh(api, first).json()
        assert "refresh_token" not in answer
        assert works(api, answer["access_token"])


def test_with_rotation_each_refresh_token_works_once_and_a_spent_one_ends_the_grant(api: Api) -> None:
    api.control("settings", {"rotate_refresh_tokens": True})
    start = sign_in(api)
    second = refresh(api, start["refresh_token"]).json()
    third = refresh(api, second["refresh_token"]).json()
    assert len({start["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert works(api, third["access_token"])
    expired = ("invalid_grant", "expired access/refresh token")
    assert refusal(refresh(api, start["refresh_token"])) == expired
    assert refusal(refresh(api, third["refresh_token"])) == expired
    assert not any(works(api, answer["access_token"]) for answer in (start, second, third))
    assert works(api, api.token)  # another grant's token is left alone


def test_revoking_ends_a_token_or_a_whole_grant(api: Api) -> None:
    first, second = sign_in(api), sign_in(api)
    where = f"{api.url}/services/oauth2/revoke"
    assert requests.post(where, data={"token": first["access_token"]}, timeout=10).status_code == 200
    assert not works(api, first["access_token"])
    assert refresh(api, first["refresh_token"]).status_code == 200
    assert requests.get(where, params={"token": second["refresh_token"]}, timeout=10).status_code == 200
    assert not works(api, second["access_token"])
    assert refusal(refresh(api, second["refresh_token"]))[0] == "invalid_grant"
    assert refusal(requests.post(where, data={"token": "x"}, timeout=10)) == (
        "invalid_token",
        "invalid token",
    )


def test_a_token_can_be_looked_into(api: Api) -> None:
    api.control("clock", {"freeze": "2026-03-02T09:30:00Z"})
    api.control("settings", {"session_seconds": 600})
    answer = sign_in(api, login_hint=USER)

    def look(text: str, **changes: str) -> Any:
        form = {"token": text, **APP, **changes}
        return requests.post(f"{api.url}/services/oauth2/introspect", data=form, timeout=10).json()

    seen = look(answer["access_token"])
    assert seen["active"] is True
    assert seen["username"] == USER
    assert (seen["token_type"], seen["exp"] - seen["iat"]) == ("access_token", 600)
    assert look(answer["refresh_token"])["token_type"] == "refresh_token"
    assert look(answer["access_token"], client_secret="x")["error"] == "invalid_client"
    api.control("clock", {"advance_seconds": 600})
    assert look(answer["access_token"]) == {"active": False}


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"host_kind": "login"}, ("invalid_grant", "request not supported on this domain")),
        ({"org_active": False}, ("inactive_org", "organization is inactive")),
        ({"app_installed": False}, ("app_not_found", "External client app is not installed in this org")),
        ({"logins_per_hour": 0}, ("rate_limit_exceeded", "login rate exceeded")),
    ],
)
def test_the_organisation_can_refuse_a_good_client(
    api: Api, settings: dict[str, Any], wanted: tuple[str, str]
) -> None:
    api.control("settings", settings)
    assert refusal(token(api, **LOGIN)) == wanted


def test_the_login_host_offers_no_client_credentials(api: Api) -> None:
    answer = requests.post(
        f"{api.url}/services/oauth2/token",
        data=LOGIN,
        headers={"Host": "login.salesforce.com"},
        timeout=10,
    )
    assert refusal(answer) == ("invalid_grant", "request not supported on this domain")


def test_logins_are_counted_by_the_hour(api: Api) -> None:
    api.control("clock", {"freeze": "2026-03-02T09:30:00Z"})
    api.control("settings", {"logins_per_hour": 2})
    answers = [token(api, **LOGIN).status_code for _ in range(3)]
    assert answers == [200, 200, 400]
    api.control("clock", {"advance_seconds": 1800})
    assert token(api, **LOGIN).status_code == 200


def test_a_name_and_a_password_are_accepted_or_not(api: Api) -> None:
    form = {"grant_type": "password", "username": USER, "password": "demo-password", **APP}
    assert works(api, token(api, **form).json()["access_token"])
    api.control("settings", {"security_token": "abc"})
    assert token(api, **{**form, "password": "demo-passwordabc"}).status_code == 200
    assert refusal(token(api, **{**form, "password": "x"})) == ("invalid_grant", "authentication failure")


def test_a_token_reply_can_name_another_host(api: Api) -> None:
    assert token(api, **LOGIN).json()["instance_url"] == api.url
    api.control("settings", {"instance_url": "https://acme--other.sandbox.my.salesforce.com"})
    named = token(api, **LOGIN).json()["instance_url"]
    assert named == "https://acme--other.sandbox.my.salesforce.com"


def test_a_refreshed_sandbox_has_a_new_id_and_no_old_tokens(api: Api) -> None:
    kept = sign_in(api)
    api.control("refresh_sandbox", {"org_id": "00DEm0000000002"})
    assert not works(api, api.token)
    assert refusal(refresh(api, kept["refresh_token"]))[0] == "invalid_grant"
    answer = token(api, **LOGIN).json()
    assert answer["access_token"].startswith("00DEm0000000002!")
    assert "/00DEm0000000002" in answer["id"]
    api.login()
    organisation = api.query("SELECT Id FROM Organization")["records"][0]
    assert organisation["Id"].startswith("00DEm0000000002")


def test_a_production_organisation_is_named_by_the_login_host(api: Api) -> None:
    api.control("settings", {"is_sandbox": False})
    assert token(api, **LOGIN).json()["id"].startswith("https://login.salesforce.com/id/")


def test_a_user_who_is_made_inactive_loses_the_session(api: Api) -> None:
    user = api.query("SELECT Id FROM User WHERE Alias = 'integrat'")["records"][0]["Id"]
    api.control("load", {"User": [{"Id": user, "IsActive": False}]})
    assert error_of(api.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")
    answer = api.session.get(f"{api.url}/services/oauth2/userinfo", timeout=10)
    assert (answer.status_code, answer.text) == (403, "Bad_OAuth_Token")


def test_unknown_oauth_paths_are_not_found(api: Api) -> None:
    assert error_of(api.session.get(f"{api.url}/services/oauth2/nothing", timeout=10)) == (404, "NOT_FOUND")
