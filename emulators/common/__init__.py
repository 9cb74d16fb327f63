"""What both emulators share: the clock, the fault rules, the journal, the control routes and the server."""
