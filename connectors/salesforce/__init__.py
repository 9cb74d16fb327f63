"""Everything Salesforce: settings, the SDK behind our transport, reading, writing, lists, install."""

from connectors.contract import Connector
from connectors.registry import Crm, Reveal
from connectors.salesforce.client import Client
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.wire import Wire
from connectors.transport import Timing
from core.config import Section
from core.errors import ConfigError


def build(settings: Section, reveal: Reveal, timing: Timing) -> Connector:
    """A connector from its settings; nothing is asked of Salesforce yet."""
    if not isinstance(settings, SalesforceSettings):
        raise ConfigError(f"These are not settings of a Salesforce connection: {type(settings).__name__}.")

    def credentials() -> tuple[str, str]:
        return reveal(settings.client_id), reveal(settings.client_secret)

    wire = Wire(settings.instance_url.rstrip("/"), credentials, emulator=settings.emulator, timing=timing)
    return SalesforceConnector(settings, Client(wire, settings.api_version))


CRM = Crm(settings=SalesforceSettings, build=build)
