"""Tests: the HubSpot connector against the emulator."""
