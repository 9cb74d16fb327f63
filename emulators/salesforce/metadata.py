"""Deployments over time: queued, looked at a few times, done. Time is counted in polls, not in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.salesforce.deploy_apply import Outcome, deploy
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.ids import mint
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_PREFIX = "0Af"
_DEFAULT_OPTIONS: dict[str, Any] = {
    "allowMissingFiles": False,
    "autoUpdatePackage": False,
    "checkOnly": False,
    "ignoreWarnings": False,
    "performRetrieve": False,
    "purgeOnDelete": False,
    "rollbackOnError": True,
    "runTests": None,
    "singlePackage": True,
    "testLevel": "NoTestRun",
}


@dataclass
class Deployment:
    """One request to deploy; `outcomes` None means it is not done."""

    id: str
    user_id: str
    options: dict[str, Any]
    data: bytes
    created_at: str
    polls_left: int
    completed_at: str | None = None
    canceled: bool = False
    outcomes: list[Outcome] | None = field(default=None)


def refuse_deploying(org: Org) -> None:
    """Raise INSUFFICIENT_ACCESS when the user may not change metadata."""
    if org.org_settings.deny_metadata:
        # Assumption: the code is documented, status and text are not recorded.
        message = "You must have the Modify Metadata Through Metadata API Functions permission"
        raise SalesforceError("INSUFFICIENT_ACCESS", message, status=HTTPStatus.FORBIDDEN)


class Deployments:
    """All deployments of the organisation."""

    def __init__(self) -> None:
        self._by_id: dict[str, Deployment] = {}

    def start(self, org: Org, user_id: str, data: bytes, options: dict[str, Any]) -> Deployment:
        """Queue a deployment. Raises INSUFFICIENT_ACCESS when the user may not deploy."""
        refuse_deploying(org)
        deployment = Deployment(
            id=mint(_PREFIX, len(self._by_id) + 1),
            user_id=user_id,
            options={**_DEFAULT_OPTIONS, **options},
            data=data,
            created_at=to_wire(org.clock.now()),
            polls_left=org.org_settings.deploy_polls,
        )
        self._by_id[deployment.id] = deployment
        return deployment

    def poll(self, org: Org, deployment_id: str) -> Deployment | None:
        """A deployment, one step further; None when there is none of this id."""
        deployment = self._by_id.get(deployment_id)
        if deployment is None or deployment.completed_at is not None:
            return deployment
        if deployment.canceled:
            deployment.completed_at = to_wire(org.clock.now())
            return deployment
        if deployment.polls_left > 0:
            deployment.polls_left -= 1
            return deployment
        check_only = bool(deployment.options["checkOnly"])
        deployment.outcomes = deploy(org, deployment.user_id, deployment.data, check_only=check_only)
        deployment.completed_at = to_wire(org.clock.now())
        return deployment

    def cancel(self, org: Org, deployment_id: str) -> Deployment | None:
        """Cancel a deployment: at once while it waits, by the next poll while it runs."""
        deployment = self._by_id.get(deployment_id)
        if deployment is None or deployment.completed_at is not None:
            # Assumption: a deployment that is done cannot be cancelled and is answered as it is.
            return deployment
        deployment.canceled = True
        if deployment.polls_left > 0:
            deployment.completed_at = to_wire(org.clock.now())
        return deployment


def describe_deployment(deployment: Deployment, *, with_details: bool) -> dict[str, Any]:
    """The answer for a deployment (documentation of deployRequest)."""
    return {
        "id": deployment.id,
        "validatedDeployRequestId": None,
        "deployOptions": deployment.options,
        "deployResult": deploy_result(deployment, with_details=with_details),
    }


def _status(deployment: Deployment, outcomes: list[Outcome]) -> str:
    if deployment.canceled:
        return "Canceled" if deployment.completed_at else "Canceling"
    if deployment.outcomes is None:
        return "InProgress" if deployment.polls_left == 0 else "Pending"
    return "Succeeded" if all(outcome.success for outcome in outcomes) else "Failed"


def deploy_result(deployment: Deployment, *, with_details: bool) -> dict[str, Any]:
    """The DeployResult, the same over REST and SOAP."""
    outcomes = deployment.outcomes or []
    failures = [outcome for outcome in outcomes if not outcome.success]
    done = deployment.completed_at is not None
    return {
        "id": deployment.id,
        "status": _status(deployment, outcomes),
        "done": done,
        "success": done and not failures and not deployment.canceled,
        "checkOnly": deployment.options["checkOnly"],
        "ignoreWarnings": deployment.options["ignoreWarnings"],
        "rollbackOnError": deployment.options["rollbackOnError"],
        "runTestsEnabled": False,
        "createdBy": deployment.user_id,
        "createdByName": "Integration User",
        "createdDate": deployment.created_at,
        "startDate": deployment.created_at,
        "lastModifiedDate": deployment.completed_at or deployment.created_at,
        "completedDate": deployment.completed_at,
        "numberComponentErrors": len(failures),
        "numberComponentsDeployed": len(outcomes) - len(failures),
        "numberComponentsTotal": len(outcomes),
        "numberTestErrors": 0,
        "numberTestsCompleted": 0,
        "numberTestsTotal": 0,
        "stateDetail": None,
        "errorStatusCode": None,
        "errorMessage": None,
        "details": _details(deployment, outcomes) if with_details else None,
    }


def _details(deployment: Deployment, outcomes: list[Outcome]) -> dict[str, Any]:
    messages = [_message(deployment, outcome) for outcome in outcomes]
    return {
        "allComponentMessages": messages,
        "componentFailures": [message for message in messages if not message["success"]],
        "componentSuccesses": [message for message in messages if message["success"]],
        "retrieveResult": None,
        "runTestResult": {
            "numFailures": 0,
            "numTestsRun": 0,
            "totalTime": 0.0,
            "successes": [],
            "failures": [],
        },
    }


def _message(deployment: Deployment, outcome: Outcome) -> dict[str, Any]:
    problem_type = None
    if outcome.problem is not None:
        problem_type = "Warning" if outcome.warning else "Error"
    return {
        "changed": outcome.changed,
        "columnNumber": 0,
        "componentType": outcome.component.type,
        "created": outcome.created,
        "createdDate": deployment.completed_at,
        "deleted": outcome.deleted,
        "fileName": outcome.component.file_name,
        "fullName": outcome.component.full_name,
        "id": None,
        "knownPackagingProblem": False,
        "lineNumber": 0,
        "problem": outcome.problem,
        "problemType": problem_type,
        "requiresProductionTestRun": False,
        "success": outcome.success,
        "warning": outcome.warning,
    }
