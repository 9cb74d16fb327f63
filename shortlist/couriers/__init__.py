"""Couriers carry the keys of jobs to whoever does them. What is to be done stands in the store, never here."""
