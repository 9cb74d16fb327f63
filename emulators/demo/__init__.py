"""Believable demo data: one seeded world, seen through two overlapping CRMs."""

from emulators.demo.hubspot_export import hubspot_records
from emulators.demo.model import World
from emulators.demo.salesforce_export import salesforce_records
from emulators.demo.world import generate, summary

__all__ = ["World", "generate", "hubspot_records", "salesforce_records", "summary"]
