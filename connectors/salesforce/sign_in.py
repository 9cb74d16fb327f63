"""Signing in to an org as a person: Salesforce's web server flow with PKCE."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from connectors.salesforce.errors import classify, problem_of
from connectors.salesforce.http import OAUTH_PATH, REVOKE_PATH, TOKEN_PATH, Http, form_request
from connectors.salesforce.login import read_grant
from connectors.transport import Request, Response, RetryPolicy, Timing, Transport, redact
from core.errors import AuthError, ShortlistError
from core.grants import Grant
from core.secrets import SecretText

_SCOPES = "api refresh_token"
_REFUSED = (400, 401)
_REVOKED_ALREADY = "invalid_token"


@dataclass
class SalesforceSignIn:
    """connectors.sign_in.SignIn for one org; `credentials` gives client id and, where there is one, secret."""

    base: str
    emulator: bool
    redirect_url: str
    credentials: Callable[[], tuple[SecretText, SecretText | None]]
    timing: Timing
    ca_file: str | None = None
    _http: Http = field(init=False)
    _transport: Transport = field(init=False)

    def __post_init__(self) -> None:
        self._http = Http(self.base, self.ca_file)
        # A code is good for one use, so nothing is sent twice.
        once = RetryPolicy(attempts=1)
        self._transport = Transport(self._send, self._classify, policy=once, timing=self.timing)

    def authorize_url(self) -> str:
        """The org's own log-in page."""
        client_id, _ = self.credentials()
        return f"{self.base}{OAUTH_PATH}authorize?{urlencode({'client_id': client_id.plain(), 'scope': _SCOPES})}"

    def granted(self, code: str, verifier: str) -> Grant:
        """Change the code for tokens."""
        client_id, client_secret = self.credentials()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": self.redirect_url,
            "client_id": client_id.plain(),
        } | ({"client_secret": client_secret.plain()} if client_secret else {})
        answer = self._transport.call(form_request("sign in", TOKEN_PATH, form))
        return read_grant(answer.body, self.base, emulator=self.emulator)

    def revoke(self, grant: Grant) -> None:
        """Revoking a refresh token ends its access tokens too."""
        self._transport.call(form_request("revoke", REVOKE_PATH, {"token": grant.refresh_token.plain()}))

    def _send(self, request: Request) -> Response:
        return self._http.send(request, self.base, {})

    def _classify(self, request: Request, response: Response) -> ShortlistError | None:
        problem = problem_of(response.body)
        if response.status not in _REFUSED or not problem.code:
            return classify(self._http.host, request, response)
        if request.path == REVOKE_PATH and problem.code == _REVOKED_ALREADY:
            return None
        return AuthError(
            f"{self._http.host} refused to {request.operation}: {redact(problem.message)} ({problem.code}). Check "
            f"client_id, client_secret and that the app's callback URL is exactly {self.redirect_url}."
        )
