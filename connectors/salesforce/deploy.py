"""Deploying a zip through the Metadata API's REST resource, and waiting for its end."""

from typing import Any, NamedTuple

import orjson
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from connectors.salesforce.client import Client
from core.errors import AuthError, ConfigError, ContractError, TransientError

_PATH = "metadata/deployRequest"
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0
_PATIENCE_SECONDS = 1800.0
_PERMISSION_WORDS = (
    "INSUFFICIENT_ACCESS",
    "insufficient access",
    "not have permission",
    "not have the permission",
)
"""Not the word alone: what keeps a permission set from being deleted names it too."""


class Deployed(NamedTuple):
    """Full names of the components that a deployment made, and of those that it removed."""

    created: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()


def deploy(client: Client, archive: bytes, *, check_only: bool = False, command: str = "install") -> Deployed:
    """Deploy and wait; with check_only Salesforce only says what it would do.

    A deployment is one transaction: it makes everything or nothing. Raises AuthError or ConfigError in
    Salesforce's own words, TransientError where it does not end. command: what a person is told to run again.
    """
    body, content_type = encode_multipart_formdata(_parts(archive, check_only=check_only))
    call = client.call("provision")
    # Sending it twice is harmless: the second deployment finds what the first one made.
    headers = {"Content-Type": content_type}
    started = call.rest_object(["id"], _PATH, "POST", data=body, headers=headers)
    result = _wait(client, started["id"], command)
    if not result.get("success"):
        raise _failure(result, command)
    successes = _details(result, "componentSuccesses")
    return Deployed(
        frozenset(one["fullName"] for one in successes if one.get("created")),
        frozenset(one["fullName"] for one in successes if one.get("deleted")),
    )


def _parts(archive: bytes, *, check_only: bool) -> list[RequestField]:
    options = {
        "allowMissingFiles": False,
        "autoUpdatePackage": False,
        "checkOnly": check_only,
        "ignoreWarnings": True,
        "performRetrieve": False,
        "purgeOnDelete": False,
        "rollbackOnError": True,
        "singlePackage": True,
    }
    described = RequestField("json", orjson.dumps({"deployOptions": options}), headers={})
    described.make_multipart(content_type="application/json")
    file = RequestField("file", archive, filename="package.zip", headers={})
    file.make_multipart(content_type="application/zip")
    return [described, file]


def _wait(client: Client, deployment_id: str, command: str) -> dict[str, Any]:
    call, waited, pause = client.call("provision"), 0.0, _FIRST_PAUSE_SECONDS
    while waited < _PATIENCE_SECONDS:
        path = f"{_PATH}/{deployment_id}"
        result = call.rest_object(["deployResult"], path, params={"includeDetails": "true"})["deployResult"]
        if not isinstance(result, dict):
            raise ContractError("Salesforce answers a deployment without a result.")
        if result.get("done"):
            return result
        client.wire.timing.sleep(pause)
        waited += pause
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
    raise TransientError(
        f"The deployment {deployment_id} has not ended after {_PATIENCE_SECONDS / 60:.0f} minutes: see "
        f"Deployment Status in Salesforce's Setup, then run `shortlist {command}` again."
    )


def _details(result: dict[str, Any], key: str) -> list[dict[str, Any]]:
    details = result.get("details") or {}
    found: list[dict[str, Any]] = details.get(key) or []
    return found


def _failure(result: dict[str, Any], command: str) -> ConfigError | AuthError:
    failures = _details(result, "componentFailures")
    words = "; ".join(f"{one.get('fullName')}: {one.get('problem')}" for one in failures[:5])
    words = words or result.get("errorMessage") or str(result.get("status"))
    message = f"Salesforce refused the deployment, nothing was changed by it: {words}."
    if any(word in words for word in _PERMISSION_WORDS):
        return AuthError(f"{message} Give the run-as user Modify Metadata and Customize Application.")
    return ConfigError(f"{message} Correct this in Setup and run `shortlist {command}` again.")
