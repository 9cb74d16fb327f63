"""Signing in with OAuth: consent, tokens, and what is known of a token."""
