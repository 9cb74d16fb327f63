"""The HubSpot emulator over HTTP, with plain requests and with HubSpot's own client."""
