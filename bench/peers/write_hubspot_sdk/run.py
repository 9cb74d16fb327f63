"""HubSpot's own client as its README shows it: a batch of model objects. Arguments: url, token, ids, values (JSON)."""

import json
import sys

from hubspot import HubSpot
from hubspot.crm.companies import BatchInputSimplePublicObjectBatchInput, SimplePublicObjectBatchInput
from report import report  # type: ignore[import-not-found]  # its folder is put on the path

BATCH = 100

url, token, last, given = sys.argv[1:]
client, values = HubSpot(access_token=token, host=url), json.loads(given)
ids = [str(number + 1) for number in range(int(last))]


def work() -> int:
    """Write the same properties of every company; gives how many answers say COMPLETE."""
    return sum(write(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))


def write(batch: list[str]) -> int:
    """How many companies of one batch were written."""
    inputs = [SimplePublicObjectBatchInput(id=one, properties=values) for one in batch]
    answer = client.crm.companies.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))
    return len(answer.results) if answer.status == "COMPLETE" else 0


report("hubspot-api-client", "batch_api.update", url, work, stored=True)
