"""Believable demo data: one seeded world, seen through two overlapping CRMs."""
