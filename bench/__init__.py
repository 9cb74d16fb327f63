"""Measured figures: `python -m bench` prints a table and writes bench/results.json.

Every emulated CRM runs in a process of its own, and what is measured runs in another one, so that CPU
seconds are the client's alone. Ratios to peers come from one run, side by side on the same emulator.
"""
