"""The ways to get a session: client credentials, a signed assertion (JWT), or a stored refresh token.

Each makes one form for the token endpoint. SOAP log-in is not offered: Salesforce is retiring it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import jwt
import orjson

from connectors.renewal import Renewal
from connectors.salesforce.errors import Problem
from connectors.salesforce.hosts import host_allowed, is_loopback, is_test_org, kind_of
from connectors.salesforce.ids import canonical_id
from connectors.transport import redact
from core.clock import Clock
from core.errors import AuthError, ConfigError, ContractError, ReconnectNeeded
from core.grants import Grant, Held, Vault
from core.secrets import SecretText

_ASSERTION_LIFE = timedelta(minutes=3)
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_CLIENT_FAULTS = ("invalid_client", "invalid_client_id", "unsupported_grant_type", "invalid_request")
"""Refusals that another client id, secret or app setting cures, while the grant itself stays good."""

Post = Callable[[Mapping[str, str]], bytes]
"""Sends a form to the token endpoint once; the body of its success."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A granted session: its token, where it is valid, and whose it is."""

    token: SecretText
    instance_url: str
    org_id: str
    user_id: str


class Login(Protocol):
    """One way to sign in. The caller sees to it that one thread at a time asks."""

    def begin(self, post: Post) -> Identity:
        """A session to start with; may call nobody where one is stored."""

    def renew(self, post: Post) -> Identity:
        """A session in place of the last one, which Salesforce has refused."""

    def refusal(self, host: str, problem: Problem) -> AuthError | ConfigError:
        """What the token endpoint's refusal means for this way."""


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """As the run-as user of an external client app; credentials are asked for each token."""

    base: str
    emulator: bool
    credentials: Callable[[], tuple[SecretText, SecretText]]

    def begin(self, post: Post) -> Identity:
        """Log in."""
        client_id, client_secret = self.credentials()
        app = {"client_id": client_id.plain(), "client_secret": client_secret.plain()}
        form = {"grant_type": "client_credentials", **app}
        return read_identity(post(form), self.base, emulator=self.emulator)

    def renew(self, post: Post) -> Identity:
        """Log in again."""
        return self.begin(post)

    def refusal(self, host: str, problem: Problem) -> AuthError | ConfigError:
        """Client credentials are only taken at the org's own domain."""
        if "not supported on this domain" in problem.message:
            return ConfigError(
                f"{host} does not take client credentials ({redact(problem.message)}): set instance_url to the "
                "org's own My Domain, not to login.salesforce.com or test.salesforce.com."
            )
        return AuthError(
            f"{host} refused our client credentials: {redact(problem.message)} ({problem.code})."
            " Check client_id, client_secret and the run-as user of the external client app."
        )


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """As `username`, who has approved the app once; an assertion signed with the app's key, for minutes."""

    base: str
    emulator: bool
    username: str
    audience: str
    credentials: Callable[[], tuple[SecretText, SecretText]]
    """Gives client id and private key (PEM)."""
    now: Clock

    def begin(self, post: Post) -> Identity:
        """Log in."""
        form = {"grant_type": _JWT_GRANT, "assertion": self._assertion()}
        return read_identity(post(form), self.base, emulator=self.emulator)

    def renew(self, post: Post) -> Identity:
        """Log in again: there is no refresh token."""
        return self.begin(post)

    def refusal(self, host: str, problem: Problem) -> AuthError | ConfigError:
        """The usual reasons are the user's approval, the certificate, and the kind of org."""
        return AuthError(
            f"{host} refused our signed log-in for {self.username}: {redact(problem.message)} ({problem.code}). "
            "Check that the app has the certificate of private_key, that the user is pre-authorized for the app "
            f"and active, that this machine's clock is right, and that instance_url ({kind_of(self.base)}) and the "
            f"audience {self.audience} are of the user's org."
        )

    def _assertion(self) -> str:
        client_id, key = self.credentials()
        claims = {
            "iss": client_id.plain(),
            "sub": self.username,
            "aud": self.audience,
            "exp": int((self.now() + _ASSERTION_LIFE).timestamp()),
        }
        try:
            return jwt.encode(claims, key.plain(), algorithm="RS256")
        except (jwt.exceptions.InvalidKeyError, ValueError, TypeError) as error:
            raise ConfigError(
                "private_key is no RSA key in PEM form (or it is encrypted); make one with `openssl genrsa 2048`."
            ) from error


@dataclass(slots=True)
class StoredGrant:
    """With the tokens of a person's sign-in, which the vault keeps for all processes together."""

    base: str
    emulator: bool
    vault: Vault
    renewal: Callable[[Post], Renewal]
    _held: Held | None = None

    def begin(self, post: Post) -> Identity:
        """The stored session."""
        self._held = self._checked(self.vault.read())
        return _identity(self._held.grant) if self._held.grant.access_token else self.renew(post)

    def renew(self, post: Post) -> Identity:
        """The next session, made here or by another process."""
        refused = self._held or self.vault.read()
        self._held = self._checked(self.renewal(post).renewed(self._checked(refused)))
        return _identity(self._held.grant)

    def refusal(self, host: str, problem: Problem) -> AuthError | ConfigError:
        """The grant is worth nothing, or the app's own credentials are wrong."""
        words = f"{redact(problem.message)} ({problem.code})"
        if problem.code in _CLIENT_FAULTS:
            return AuthError(f"{host} refused the app: {words}. Check client_id and client_secret.")
        return ReconnectNeeded(
            f"{host} refused the stored sign-in: {words}. The app was revoked, its user deactivated, or the "
            "refresh token has expired."
        )

    def _checked(self, held: Held) -> Held:
        """Refuse tokens of another host before they are sent there."""
        if held.grant.host != self.base:
            raise ConfigError(
                f"The stored sign-in is of {held.grant.host} ({kind_of(held.grant.host)}), instance_url is "
                f"{self.base} ({kind_of(self.base)}). Set it back, or run `shortlist connect "
                f"{self.vault.connection}` for the new address."
            )
        return held


def refresh_form(grant: Grant, client_id: SecretText, client_secret: SecretText | None) -> dict[str, str]:
    """The form that changes a refresh token for a session."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": grant.refresh_token.plain(),
        "client_id": client_id.plain(),
    }
    return form | ({"client_secret": client_secret.plain()} if client_secret else {})


def read_grant(body: bytes, base: str, *, emulator: bool, before: Grant | None = None) -> Grant:
    """The grant in a token reply; without a new refresh token the one before stays.

    Raises AuthError where there is none at all, and what read_identity raises.
    """
    identity = read_identity(body, base, emulator=emulator)
    told = orjson.loads(body)
    refresh = told.get("refresh_token") or (before.refresh_token.plain() if before else "")
    if not isinstance(refresh, str) or not refresh:
        raise AuthError(
            f"{base} granted no refresh token: give the app the scope “Perform requests at any time "
            "(refresh_token, offline_access)”."
        )
    return Grant(
        host=base,
        org_id=identity.org_id,
        refresh_token=SecretText(refresh),
        access_token=identity.token,
        instance_url=identity.instance_url,
        user_id=identity.user_id,
        scopes=tuple(str(told.get("scope") or "").split()),
    )


def read_identity(body: bytes, base: str, *, emulator: bool) -> Identity:
    """The session in a token reply.

    Raises ContractError for another form or a host that is not Salesforce's, ConfigError for an org of
    another kind than instance_url says.
    """
    try:
        granted = orjson.loads(body)
        url, token = granted["instance_url"].rstrip("/"), granted["access_token"]
        org_id, user_id = granted["id"].rsplit("/", 2)[1:]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContractError(f"{base} granted a session in a form that is not OAuth's.") from error
    if not isinstance(token, str) or not host_allowed(url, emulator=emulator):
        raise ContractError(f"{base} sends us to a host that is not Salesforce's: {redact(url)}.")
    if is_test_org(url) != is_test_org(base) and not is_loopback(base):
        raise ConfigError(
            f"instance_url is {base} ({kind_of(base)}), but the sign-in leads to {url} ({kind_of(url)}). Set "
            "instance_url to the My Domain of the org that you mean."
        )
    return Identity(SecretText(token), url, canonical_id(org_id), canonical_id(user_id))


def _identity(grant: Grant) -> Identity:
    return Identity(grant.access_token, grant.instance_url, grant.org_id, grant.user_id)
