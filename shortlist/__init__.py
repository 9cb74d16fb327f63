"""The composition root: command line and wiring."""
