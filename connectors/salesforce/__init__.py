"""Everything Salesforce: settings, the SDK behind our transport, reading, writing, lists, install."""

from functools import partial
from urllib.parse import quote

from connectors.authorities import usable_ca_file
from connectors.contract import Connector
from connectors.registry import Crm, Reveal
from connectors.renewal import Renewal
from connectors.salesforce.client import Client
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.hosts import login_url
from connectors.salesforce.login import (
    ClientCredentials,
    JwtBearer,
    Login,
    Post,
    StoredGrant,
    read_grant,
    refresh_form,
)
from connectors.salesforce.outbound import MIN_SECRET, OutboundMessages
from connectors.salesforce.quota import Quota
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.sign_in import SalesforceSignIn
from connectors.salesforce.wire import Wire
from connectors.sign_in import REDIRECT_URL
from connectors.transport import Timing
from core.errors import ConfigError
from core.grants import Grant, Vault
from core.meters import Meter
from core.secret_refs import SecretRef
from core.secrets import SecretText
from core.section import Section


def build(
    settings: Section,
    reveal: Reveal,
    timing: Timing,
    vault: Vault | None = None,
    meter: Meter | None = None,  # noqa: ARG001 Salesforce limits no calls in a short time
) -> Connector:
    """A connector from its settings; nothing is asked of Salesforce yet."""
    own = _own(settings)
    quota = Quota(own.api_reserve_percent)
    wire = Wire(
        own.base,
        _login(own, reveal, timing, vault),
        timing=timing,
        quota=quota,
        ca_file=usable_ca_file(own.ca_file),
    )
    return SalesforceConnector(own, Client(wire, own.api_version))


def sign_in(settings: Section, reveal: Reveal, timing: Timing) -> SalesforceSignIn | None:
    """How a person signs in, where the settings ask for it."""
    own = _own(settings)
    if own.auth != "refresh_token":
        return None
    credentials = partial(_app, own, reveal)
    callback, ca_file = own.redirect_url or REDIRECT_URL, usable_ca_file(own.ca_file)
    return SalesforceSignIn(own.base, own.emulator, callback, credentials, timing, ca_file)


def outbound_messages(settings: Section, reveal: Reveal, org_id: str) -> OutboundMessages | None:
    """What reads the org's outbound messages; None where no secret address is configured.

    Raises ConfigError for a secret that could be guessed or is no part of an address.
    """
    own = _own(settings)
    if own.webhook_secret is None:
        return None
    secret = reveal(own.webhook_secret)
    if len(secret) < MIN_SECRET or quote(secret.plain(), safe="") != secret.plain():
        raise ConfigError(
            f"webhook_secret ({own.webhook_secret}) must be {MIN_SECRET} or more letters, digits, - and _; make "
            "one with `openssl rand -hex 24`."
        )
    return OutboundMessages(org_id, secret)


def _own(settings: Section) -> SalesforceSettings:
    if not isinstance(settings, SalesforceSettings):
        raise ConfigError(f"These are not settings of a Salesforce connection: {type(settings).__name__}.")
    return settings


def _login(own: SalesforceSettings, reveal: Reveal, timing: Timing, vault: Vault | None) -> Login:
    base, emulator = own.base, own.emulator
    if own.auth == "jwt" and own.private_key and own.username:
        credentials = partial(_pair, reveal, own.client_id, own.private_key)
        audience = own.audience or login_url(base)
        return JwtBearer(base, emulator, own.username, audience, credentials, timing.now)
    if own.auth == "client_credentials" and own.client_secret:
        return ClientCredentials(base, emulator, partial(_pair, reveal, own.client_id, own.client_secret))
    if vault is None:
        raise ConfigError('auth = "refresh_token" needs a vault: name a master key in store.keys.')
    return StoredGrant(base, emulator, vault, partial(_renewal, own, reveal, timing, vault))


def _renewal(own: SalesforceSettings, reveal: Reveal, timing: Timing, vault: Vault, post: Post) -> Renewal:
    def exchange(grant: Grant) -> Grant:
        answer = post(refresh_form(grant, *_app(own, reveal)))
        return read_grant(answer, own.base, emulator=own.emulator, before=grant)

    return Renewal(vault, exchange, timing)


def _pair(reveal: Reveal, first: SecretRef, second: SecretRef) -> tuple[SecretText, SecretText]:
    return reveal(first), reveal(second)


def _app(own: SalesforceSettings, reveal: Reveal) -> tuple[SecretText, SecretText | None]:
    """Client id and secret; an app of the kind that PKCE alone protects has none."""
    return reveal(own.client_id), reveal(own.client_secret) if own.client_secret else None


CRM = Crm(settings=SalesforceSettings, build=build, sign_in=sign_in, hints=outbound_messages)
