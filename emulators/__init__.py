"""A local Salesforce and a local HubSpot over HTTP. Imports nothing of ours, so it cannot share our mistakes."""
