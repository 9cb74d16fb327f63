"""Exports: files of many records, made in the background and fetched once."""
