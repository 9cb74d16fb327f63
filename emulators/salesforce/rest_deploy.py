"""Metadata deploys over REST: a multipart request with a `json` and a `file` part, then polling."""

from __future__ import annotations

from http import HTTPStatus

import orjson

from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import json_parser_error, not_found
from emulators.salesforce.metadata import describe_deployment


def start(call: Call) -> Reply:
    """POST /metadata/deployRequest."""
    # The documentation names the part json, jsforce and the sf command line entity_content.
    sent = call.files.get("json", call.files.get("entity_content"))
    if sent is None or "file" not in call.files:
        raise json_parser_error("The request needs the parts json and file")
    try:
        options = orjson.loads(sent)["deployOptions"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as problem:
        raise json_parser_error(f"The part json has no deployOptions: {problem}") from problem
    deployment = call.org.deployments.start(call.org, call.user_id, call.files["file"], options)
    return Reply(describe_deployment(deployment, with_details=False), HTTPStatus.CREATED)


def cancel(call: Call, deployment_id: str) -> Reply:
    """PATCH /metadata/deployRequest/ID {"deployResult": {"status": "Canceling"}}."""
    wanted = call.values().get("deployResult")
    if not isinstance(wanted, dict) or wanted.get("status") != "Canceling":
        raise json_parser_error("The only change of a deployment is the status Canceling")
    deployment = call.org.deployments.cancel(call.org, deployment_id)
    if deployment is None:
        raise not_found()
    return Reply(describe_deployment(deployment, with_details=False), HTTPStatus.ACCEPTED)


def poll(call: Call, deployment_id: str) -> Reply:
    """GET /metadata/deployRequest/ID?includeDetails=true."""
    deployment = call.org.deployments.poll(call.org, deployment_id)
    if deployment is None:
        raise not_found()
    with_details = call.args.get("includeDetails", "").lower() == "true"
    return Reply(describe_deployment(deployment, with_details=with_details))


ROUTES: list[Route] = [
    ("POST", "/metadata/deployRequest", start),
    ("GET", "/metadata/deployRequest/{id}", poll),
    ("PATCH", "/metadata/deployRequest/{id}", cancel),
]
