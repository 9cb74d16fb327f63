"""The model and its arithmetic (docs/scoring.md)."""
