"""Everything HubSpot."""
