"""Everything HubSpot."""

from connectors.hubspot.connector import build
from connectors.hubspot.settings import HubspotSettings
from connectors.registry import Crm

CRM = Crm(settings=HubspotSettings, build=build)
