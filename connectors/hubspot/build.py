"""Building a connector, or a person's sign-in, from the settings of a connection."""

from connectors.hubspot.client import open_client
from connectors.hubspot.connector import HubspotConnector
from connectors.hubspot.granted import GrantedTokens
from connectors.hubspot.oauth import OAuth
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.tokens import StaticToken, Tokens
from connectors.registry import Reveal
from connectors.transport import Timing
from core.errors import ConfigError
from core.grants import Vault
from core.meters import Meter
from core.secrets import SecretText
from core.section import Section


def build(
    settings: Section,
    reveal: Reveal,
    timing: Timing,
    vault: Vault | None = None,
    meter: Meter | None = None,
) -> HubspotConnector:
    """A connector for one [connections.NAME] section; raises ConfigError where the token is not there."""
    own = _own(settings)
    return HubspotConnector(own, open_client(own, _tokens(own, reveal, timing, vault), timing, meter))


def sign_in(settings: Section, reveal: Reveal, timing: Timing) -> OAuth | None:
    """How a person signs in, where the settings ask for it."""
    own = _own(settings)
    return _oauth(own, reveal, timing) if own.auth == "oauth" else None


def _own(settings: Section) -> HubspotSettings:
    if not isinstance(settings, HubspotSettings):
        raise ConfigError("A HubSpot connection needs HubSpot's settings.")
    return settings


def _tokens(own: HubspotSettings, reveal: Reveal, timing: Timing, vault: Vault | None) -> Tokens:
    if own.token is None:
        if vault is None:
            raise ConfigError('auth = "oauth" needs a vault: name a master key in store.keys.')
        return GrantedTokens(vault, _oauth(own, reveal, timing), timing)
    token = reveal(own.token)
    text = token.plain()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"The token at {own.token} holds characters that no HubSpot token has.")
    return StaticToken(token)


def _oauth(own: HubspotSettings, reveal: Reveal, timing: Timing) -> OAuth:
    def credentials() -> tuple[SecretText, SecretText]:
        return tuple(reveal(one) for one in (own.client_id, own.client_secret) if one)  # type: ignore[return-value]  # both are there, say the settings

    return OAuth(own, credentials, timing)
