"""The webhooks journal: events that an app pulls as files, three days long."""
