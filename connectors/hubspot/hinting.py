"""What reads the hints of a connection, as its settings say: webhooks, or the journal."""

from functools import partial

from connectors.hubspot.app_tokens import AppTokens
from connectors.hubspot.client import open_client
from connectors.hubspot.journal import SCOPES, Journal
from connectors.hubspot.oauth import OAuth
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.signature import Verifier
from connectors.hubspot.webhooks import Webhooks
from connectors.registry import Reveal
from connectors.transport import Timing
from core.errors import ConfigError
from core.secret_refs import SecretRef
from core.secrets import SecretText
from core.section import Section


def webhooks(settings: Section, reveal: Reveal, org_id: str) -> Webhooks | None:
    """What reads the deliveries about a portal; None where the settings ask for none."""
    own = _own(settings)
    if own.hints != "webhooks":
        return None
    secrets = [reveal(one) for one in (own.client_secret, own.client_secret_before) if one]
    app_id = str(own.app_id) if own.app_id is not None else None
    return Webhooks(org_id, Verifier(secrets, own.signatures), app_id)


def journal(settings: Section, reveal: Reveal, org_id: str, timing: Timing) -> Journal | None:
    """What reads the journal about a portal; None where the settings ask for none."""
    own = _own(settings)
    if own.hints != "journal" or own.client_id is None or own.client_secret is None:
        return None
    credentials = partial(_pair, reveal, own.client_id, own.client_secret)
    tokens = AppTokens(OAuth(own, credentials, timing), SCOPES)
    return Journal(open_client(own, tokens, timing), org_id)


def _pair(reveal: Reveal, first: SecretRef, second: SecretRef) -> tuple[SecretText, SecretText]:
    return reveal(first), reveal(second)


def _own(settings: Section) -> HubspotSettings:
    if not isinstance(settings, HubspotSettings):
        raise ConfigError("A HubSpot connection needs HubSpot's settings.")
    return settings
