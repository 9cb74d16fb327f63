"""The Salesforce emulator over HTTP, by family."""
