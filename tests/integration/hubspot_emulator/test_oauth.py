"""OAuth: consent, tokens of half an hour on the emulator's clock, refreshing, introspection, revocation."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

BACK = "http://localhost:4711/back"
CLIENT = {"client_id": "demo-client", "client_secret": "demo-secret"}
COMPANIES = "/crm/v3/objects/companies"
SCOPES = "oauth crm.objects.companies.read"
NOON = "2026-05-04T12:00:00Z"
TOKEN_PATHS = ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token", "/oauth/2026-09/token"]


def ask(portal: PortalClient, **changed: str) -> requests.Response:
    asked = {
        "client_id": "demo-client",
        "redirect_uri": BACK,
        "scope": SCOPES,
        "state": "s 1/2",
        **changed,
    }
    return requests.get(f"{portal.url}/oauth/authorize", asked, allow_redirects=False, timeout=5)


def answer(response: requests.Response) -> dict[str, str]:
    assert response.status_code == 302
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()
    }


def post(portal: PortalClient, path: str = "/oauth/v3/token", **form: str) -> requests.Response:
    return requests.post(portal.url + path, {**CLIENT, **form}, timeout=5)


def by_code(portal: PortalClient, code: str, **form: str) -> requests.Response:
    return post(portal, grant_type="authorization_code", code=code, **{"redirect_uri": BACK, **form})


def sign_in(portal: PortalClient, **asked: str) -> dict[str, Any]:
    response = by_code(portal, answer(ask(portal, **asked))["code"])
    assert response.status_code == 200, response.text
    made: dict[str, Any] = response.json()
    return made


def read(portal: PortalClient, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(portal.url + COMPANIES, headers=headers, timeout=5)


def test_consent_leads_back_with_a_code_and_the_state(portal: PortalClient) -> None:
    response = ask(portal)
    assert response.headers["Location"].startswith(f"{BACK}?code=")
    assert answer(response)["state"] == "s 1/2"


def test_who_declines_leads_back_without_a_code(portal: PortalClient) -> None:
    portal.set(consent="deny")
    assert set(answer(ask(portal))) == {"error", "error_description", "state"}


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "another"},
        {"redirect_uri": "http://elsewhere.example/back"},
        {"scope": ""},
        {"scope": "oauth tickets"},
    ],
)
def test_what_cannot_be_asked_is_an_error_page_and_no_redirect(
    portal: PortalClient, changed: dict[str, str]
) -> None:
    portal.set(ungranted_scopes=["tickets"])
    response = ask(portal, **changed)
    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Location" not in response.headers


def test_registered_redirect_addresses_must_match_exactly(portal: PortalClient) -> None:
    portal.set(redirect_uris=[BACK])
    assert ask(portal).status_code == 302
    assert ask(portal, redirect_uri=f"{BACK}/").status_code == 400


def test_optional_scopes_are_granted_where_the_account_has_them(portal: PortalClient) -> None:
    portal.set(ungranted_scopes=["tickets"])
    made = sign_in(portal, optional_scope="crm.lists.read tickets")
    assert made["scopes"] == [*SCOPES.split(), "crm.lists.read"]


@pytest.mark.parametrize("path", TOKEN_PATHS)
def test_a_code_buys_tokens_once(portal: PortalClient, path: str) -> None:
    code = answer(ask(portal))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    made = post(portal, path, **form).json()
    assert (made["token_type"], made["expires_in"], made["hub_id"]) == ("bearer", 1800, 8_800_002)
    assert made["refresh_token"].startswith("na1-")
    assert read(portal, made["access_token"]).status_code == 200
    again = post(portal, path, **form)
    assert (again.status_code, again.json()["status"]) == (400, "BAD_AUTH_CODE")


def test_version_1_also_takes_parameters_from_the_query(portal: PortalClient) -> None:
    code = answer(ask(portal))["code"]
    query = {**CLIENT, "grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    assert requests.post(f"{portal.url}/oauth/v1/token", params=query, timeout=5).status_code == 200


def test_a_code_is_bound_to_its_redirect_address_and_its_time(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    other = by_code(portal, answer(ask(portal))["code"], redirect_uri="http://localhost:1/x")
    assert other.json()["status"] == "MISMATCH_REDIRECT_URI_AUTH_CODE"
    code = answer(ask(portal))["code"]
    portal.clock(advance_seconds=601)
    assert by_code(portal, code).json()["status"] == "BAD_AUTH_CODE"


def test_a_challenge_must_be_answered_with_its_verifier(portal: PortalClient) -> None:
    digest = hashlib.sha256(b"verifier").digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    wrong = by_code(portal, answer(ask(portal, **asked))["code"], code_verifier="another")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    right = by_code(portal, answer(ask(portal, **asked))["code"], code_verifier="verifier")
    assert right.status_code == 200


@pytest.mark.parametrize("wrong", ["client_id", "client_secret", "grant_type"])
def test_a_wrong_client_gets_nothing(portal: PortalClient, wrong: str) -> None:
    response = post(portal, **{"grant_type": "refresh_token", "refresh_token": "x", wrong: "no"})
    assert response.status_code == 400
    assert set(response.json()) == {"error", "error_description", "status", "message"}


def test_a_token_ends_after_thirty_minutes_of_the_emulators_clock(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    made = sign_in(portal)
    portal.clock(advance_seconds=1799)
    assert read(portal, made["access_token"]).status_code == 200
    portal.clock(advance_seconds=3)
    refused = read(portal, made["access_token"])
    assert refused.status_code == 401
    assert refused.json() == {
        "status": "error",
        "message": "The OAuth token used to make this call expired 2 second(s) ago.",
        "correlationId": refused.headers["X-HubSpot-Correlation-Id"],
        "category": "EXPIRED_AUTHENTICATION",
        "context": {"expire time": ["2026-05-04T12:30:00Z"]},
    }


def test_refreshing_gives_a_new_access_token_and_the_same_refresh_token(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    first = sign_in(portal)
    portal.clock(advance_seconds=3600)
    second = post(portal, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scopes"] == first["scopes"]
    assert read(portal, second["access_token"]).status_code == 200


def test_a_revoked_refresh_token_is_refused_as_documented(portal: PortalClient) -> None:
    made = sign_in(portal)
    assert post(portal, "/oauth/v3/token/revoke", token=made["refresh_token"]).status_code == 204
    refused = post(portal, grant_type="refresh_token", refresh_token=made["refresh_token"])
    message = "refresh token is invalid, expired or revoked"
    assert refused.status_code == 400
    assert refused.json() == {
        "error": "invalid_grant",
        "error_description": message,
        "status": "BAD_REFRESH_TOKEN",
        "message": message,
    }
    assert read(portal, made["access_token"]).json()["category"] == "INVALID_AUTHENTICATION"


def test_introspection_tells_access_from_refresh_tokens(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    made = sign_in(portal)
    path = "/oauth/2026-03/token/introspect"
    portal.clock(advance_seconds=11)
    access = post(portal, path, token=made["access_token"]).json()
    assert (access["active"], access["token_use"], access["expires_in"]) == (True, "access_token", 1789)
    refresh = post(portal, path, token_type_hint="refresh_token", refresh_token=made["refresh_token"]).json()
    assert (refresh["active"], refresh["token_use"]) == (True, "refresh_token")
    assert refresh["scopes"] == SCOPES.split()
    portal.clock(advance_seconds=3600)
    assert post(portal, path, token=made["access_token"]).json() == {"active": False}


def test_version_1_shows_whose_a_token_is(portal: PortalClient) -> None:
    made = sign_in(portal)
    access = portal.get(f"/oauth/v1/access-tokens/{made['access_token']}")
    assert (access["token_type"], access["scopes"], access["hub_id"]) == ("access", SCOPES.split(), 8_800_002)
    refresh = portal.get(f"/oauth/v1/refresh-tokens/{made['refresh_token']}")
    assert (refresh["token_type"], refresh["client_id"]) == ("refresh", "demo-client")
    assert portal.call("DELETE", f"/oauth/v1/refresh-tokens/{made['refresh_token']}").status_code == 204
    assert portal.error("GET", f"/oauth/v1/refresh-tokens/{made['refresh_token']}")[0] == 404
    assert portal.error("GET", "/oauth/v1/access-tokens/unknown")[0] == 404


def test_uninstalling_ends_every_grant(portal: PortalClient) -> None:
    made = sign_in(portal)
    assert portal.post("/_emulator/oauth", {"uninstall": True})["refresh_tokens"] == []
    assert read(portal, made["access_token"]).status_code == 401
    assert post(portal, grant_type="refresh_token", refresh_token=made["refresh_token"]).status_code == 400


def test_tokens_can_be_made_to_expire_at_once(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    made = sign_in(portal)
    portal.post("/_emulator/oauth", {"expire_tokens": True})
    refused = read(portal, made["access_token"])
    assert refused.json()["message"].endswith("expired 0 second(s) ago.")
    assert post(portal, grant_type="refresh_token", refresh_token=made["refresh_token"]).status_code == 200


def test_the_scopes_of_a_grant_bind(portal: PortalClient) -> None:
    token = sign_in(portal)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    refused = requests.get(f"{portal.url}/crm/v3/objects/deals", headers=headers, timeout=5)
    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")


def test_a_portal_of_oauth_has_other_limits_and_no_daily_one(portal: PortalClient) -> None:
    portal.set(oauth_burst_limit=2, daily_limit=1)
    token = sign_in(portal)["access_token"]
    responses = [read(portal, token) for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    headers = responses[0].headers
    assert (headers["X-HubSpot-RateLimit-Max"], headers["X-HubSpot-RateLimit-Remaining"]) == ("2", "1")
    assert not [name for name in headers if "Daily" in name]
    assert responses[2].json()["policyName"] == "TEN_SECONDLY_ROLLING"


def test_the_app_itself_has_a_token_without_an_account(portal: PortalClient) -> None:
    made = post(portal, grant_type="client_credentials", scope="developer.webhooks_journal.read").json()
    assert made["token_use"] == "client_credentials"
    assert "refresh_token" not in made
    assert post(portal, grant_type="client_credentials").status_code == 400
