"""HubSpot's own client as its README shows it: get_all, model objects. Arguments: url, token, properties."""

import sys

from hubspot import HubSpot
from report import report  # type: ignore[import-not-found]  # its folder is put on the path

url, token, properties = sys.argv[1:]
client = HubSpot(access_token=token, host=url)


def work() -> int:
    """Read every contact; nothing is stored."""
    return len(client.crm.contacts.get_all(properties=properties.split(","), associations=["companies"]))


report("hubspot-api-client", "get_all", url, work, stored=False)
