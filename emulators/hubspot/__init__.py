"""A local HubSpot: the CRM API over HTTP, strict, late and shuffled where the real one is."""

from emulators.hubspot.app import create_app

__all__ = ["create_app"]
