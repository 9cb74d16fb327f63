"""Signing in as a person: OAuth's authorization code with PKCE (RFC 7636) and state, the same for every CRM."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.transport import redact
from core.errors import AuthError, ConfigError
from core.grants import Grant

VALID_SECONDS = 600
"""How long a sign-in may take."""
REDIRECT_URL = "http://localhost:8710/callback"
"""Where a listener of ours takes the answer, unless the settings name another address."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SignIn(Protocol):
    """How a person signs in to one CRM; built from a connection's settings."""

    @property
    def redirect_url(self) -> str:
        """Where the CRM sends the person's browser afterwards, as the app in the CRM has it."""

    def authorize_url(self) -> str:
        """The CRM's page, with the parameters that are its own."""

    def granted(self, code: str, verifier: str) -> Grant:
        """Change a code for tokens, once. Raises AuthError where the CRM refuses it."""

    def revoke(self, grant: Grant) -> None:
        """Make the tokens of a grant worthless; one that is so already is none the worse."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in: what its answer must carry. Good for one answer."""

    redirect_url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    def page(self, sign_in: SignIn) -> str:
        """The address that the person opens."""
        more = {
            "response_type": "code",
            "redirect_uri": self.redirect_url,
            "state": self.state,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        return f"{sign_in.authorize_url()}&{urlencode(more)}"

    def code_in(self, answer_url: str) -> str:
        """The code in the address that the CRM sent the browser to.

        Raises ConfigError for an address of another sign-in, AuthError where the person or the CRM said no.
        """
        told = {name: values[0] for name, values in parse_qs(urlsplit(answer_url.strip()).query).items()}
        if not self.is_answered_by(answer_url):
            raise ConfigError(
                f"This is not the answer to this sign-in: it must begin with {self.redirect_url} and carry its "
                "state. Open the address that was shown last."
            )
        if "error" in told:
            words = redact(f"{told['error']}: {told.get('error_description', '')}")
            raise AuthError(f"The CRM refused the sign-in ({words}).")
        if "code" not in told:
            raise ConfigError("The address carries no code; copy all of it.")
        return told["code"]

    def is_answered_by(self, answer_url: str) -> bool:
        """Whether an address leads to our redirect URL and carries our state (compared in constant time)."""
        got, ours = urlsplit(answer_url.strip()), urlsplit(self.redirect_url)
        state = parse_qs(got.query).get("state", [""])[0]
        is_ours = (got.scheme, got.netloc, got.path) == (ours.scheme, ours.netloc, ours.path)
        return hmac.compare_digest(state.encode(), self.state.encode()) and is_ours


def usable_redirect(url: str) -> str:
    """The address as it is; raises ValueError for one that a code must not be sent to."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return url
    raise ValueError(f"redirect_url must be https, or http on this machine such as {REDIRECT_URL}")


def local_port(url: str) -> int | None:
    """The port that a listener on this machine must have to get the answer; None where it cannot."""
    parts = urlsplit(url)
    return parts.port if parts.scheme == "http" and parts.hostname in _LOOPBACK else None


def attempt(redirect_url: str) -> Attempt:
    """A new sign-in with secrets of its own."""
    return Attempt(redirect_url, state=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(64))


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
