"""A local Salesforce and a local HubSpot over HTTP. Imports nothing of ours: no shared mistakes."""
