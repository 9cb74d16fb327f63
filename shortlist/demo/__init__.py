"""The demo: the whole job on two emulated CRMs."""
