"""One protocol, one door for HTTP, one folder per CRM."""
