"""Everything HubSpot."""

from connectors.hubspot.build import build, sign_in
from connectors.hubspot.hinting import journal, webhooks
from connectors.hubspot.settings import HubspotSettings
from connectors.registry import Crm

CRM = Crm(settings=HubspotSettings, build=build, sign_in=sign_in, hints=webhooks, journal=journal)

__all__ = ["CRM", "journal", "webhooks"]
