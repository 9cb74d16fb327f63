"""A local HubSpot: the CRM API over HTTP, strict, late and shuffled where the real one is."""

from emulators.hubspot.app import around, create_app

__all__ = ["around", "create_app"]
