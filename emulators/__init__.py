"""A local Salesforce and a local HubSpot over HTTP. Imports nothing of ours: it must not share our mistakes."""
