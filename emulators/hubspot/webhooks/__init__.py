"""Webhooks: who subscribed to what, and deliveries signed and repeated as HubSpot does."""
