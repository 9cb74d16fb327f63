"""HubSpot's OAuth endpoints: a code or a refresh token for tokens, what a token may do, revocation.

Everything goes in the body as a form; version 1 of these endpoints, which took secrets in the address, is not
used. An access token lives 30 minutes; the refresh token stays the same (documented).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

import orjson

from connectors.authorities import usable_ca_file
from connectors.hubspot import version
from connectors.hubspot.answers import classify
from connectors.hubspot.scopes import NEEDED_SCOPES
from connectors.hubspot.sender import Sender
from connectors.hubspot.settings import HubspotSettings
from connectors.sign_in import REDIRECT_URL
from connectors.transport import Request, Response, RetryPolicy, Timing, Transport, redact
from core.errors import AuthError, ContractError, ReconnectNeeded, ShortlistError
from core.grants import Grant
from core.secrets import SecretText

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_BUCKET = "oauth"
_REFRESH = "log in"
"""The operation of a refresh in a run's report; other uses of the token endpoint are a person's."""


@dataclass
class OAuth:
    """The app's calls of its own, each made once; `credentials` gives client id and secret.

    Also how a person signs in (connectors.sign_in.SignIn).
    """

    settings: HubspotSettings
    credentials: Callable[[], tuple[SecretText, SecretText]]
    timing: Timing
    transport: Transport = field(init=False)

    def __post_init__(self) -> None:
        authorities = usable_ca_file(self.settings.ca_file)
        sender = Sender(self.settings.base, self.settings.host, None, ca_file=authorities)
        once = RetryPolicy(attempts=1)
        self.transport = Transport(sender, self._classify, policy=once, timing=self.timing)

    @property
    def redirect_url(self) -> str:
        """Where HubSpot sends the browser; one of the app's redirect URLs."""
        return self.settings.redirect_url or REDIRECT_URL

    def authorize_url(self) -> str:
        """HubSpot's page on which a person picks the account and agrees."""
        client_id, _ = self.credentials()
        asked = {"client_id": client_id.plain(), "scope": " ".join(sorted(NEEDED_SCOPES | {"oauth"}))}
        return f"{self.settings.app_url}{version.OAUTH_AUTHORIZE}?{urlencode(asked)}"

    def granted(self, code: str, verifier: str) -> Grant:
        """Change a code for tokens."""
        form = {"code": code, "code_verifier": verifier, "redirect_uri": self.redirect_url}
        return self._tokens("sign in", {"grant_type": "authorization_code", **form}, None)

    def refreshed(self, grant: Grant) -> Grant:
        """Change the refresh token for a new access token."""
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token.plain()}
        return self._tokens(_REFRESH, form, grant)

    def of_app(self, scopes: Sequence[str]) -> tuple[SecretText, datetime]:
        """A token of the app itself, for no account in particular, and when it ends."""
        told = _read(
            self._post(
                _REFRESH, version.OAUTH_TOKEN, {"grant_type": "client_credentials", "scope": " ".join(scopes)}
            )
        )
        match told:
            case {"access_token": str(token), "expires_in": int(seconds)}:
                return SecretText(token), self.timing.now() + timedelta(seconds=seconds)
            case _:
                raise ContractError(f"{self.settings.host} granted a token in a form that is not OAuth's.")

    def revoke(self, grant: Grant) -> None:
        """End the refresh token; one that is ended already is none the worse."""
        form = {"token": grant.refresh_token.plain(), "token_type_hint": "refresh_token"}
        self._post("revoke", version.OAUTH_REVOKE, form)

    def scopes(self, token: SecretText) -> set[str] | None:
        """What an access token may do; None where HubSpot does not say."""
        form = {"token": token.plain(), "token_type_hint": "access_token"}
        told = _read(self._post("check", version.OAUTH_INTROSPECT, form))
        found = told.get("scopes")
        return {str(scope) for scope in found} if isinstance(found, list) else None

    def _tokens(self, operation: str, form: Mapping[str, str], before: Grant | None) -> Grant:
        told = _read(self._post(operation, version.OAUTH_TOKEN, form))
        refresh = told.get("refresh_token") or (before.refresh_token.plain() if before else None)
        match told:
            case {"access_token": str(token), "expires_in": int(seconds)} if isinstance(refresh, str):
                pass
            case _:
                raise ContractError(f"{self.settings.host} granted tokens in a form that is not OAuth's.")
        hub_id = told.get("hub_id") or (before.org_id if before else "")
        scopes = told.get("scopes")
        return Grant(
            host=self.settings.base,
            org_id=str(hub_id),
            refresh_token=SecretText(refresh),
            access_token=SecretText(token),
            scopes=tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else (),
            expires_at=self.timing.now() + timedelta(seconds=seconds),
        )

    def _post(self, operation: str, path: str, form: Mapping[str, str]) -> Response:
        client_id, client_secret = self.credentials()
        app = {"client_id": client_id.plain(), "client_secret": client_secret.plain()}
        body = urlencode({**form, **app}).encode()
        return self.transport.call(Request(operation, "POST", path, headers=_FORM, body=body, bucket=_BUCKET))

    def _classify(self, request: Request, response: Response) -> ShortlistError | None:
        told = _fields(response.body)
        is_of_oauth = "error" in told or _names_refresh_token(told)
        if response.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED) or not is_of_oauth:
            found = classify(self.settings.host, request, response)
            is_odd = found is None and response.status >= HTTPStatus.BAD_REQUEST
            odd = f"{self.settings.host} answered {request.operation} with HTTP {response.status}."
            return ContractError(odd) if is_odd else found
        message = str(told.get("message") or told.get("error_description") or "")
        code = told.get("error") or told.get("status")
        words = redact(f"{message} ({code})")
        is_lost = code == "invalid_grant" or _names_refresh_token(told)
        if is_lost and request.operation == _REFRESH:
            return ReconnectNeeded(
                f"{self.settings.host} refused the stored sign-in: {words}. The app was uninstalled from the "
                "account, or its access taken away."
            )
        return AuthError(
            f"{self.settings.host} refused to {request.operation}: {words}. Check client_id, client_secret and "
            f"that the app's redirect URL is exactly {self.redirect_url}."
        )


def _names_refresh_token(told: Mapping[str, object]) -> bool:
    """Whether a refusal is about the refresh token; older answers lack the `error` that OAuth asks for."""
    # Assumption: such an answer has today's status or its words; public reports quote both, but no whole answer.
    words = str(told.get("message") or "").casefold()
    return told.get("status") == "BAD_REFRESH_TOKEN" or "refresh token" in words


def _read(response: Response) -> dict[str, object]:
    found = _fields(response.body)
    if not found:
        raise ContractError("HubSpot's OAuth answered something that is not a JSON object.")
    return found


def _fields(body: bytes) -> dict[str, object]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
