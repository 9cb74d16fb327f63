"""Where the CRMs tell us that a record changed."""
