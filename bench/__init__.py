"""Measured figures: python -m bench."""
