"""The errors of Bulk API 2.0: of requests, and what ends a whole job."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from emulators.salesforce.errors import SalesforceError


class JobError(Exception):
    """Ends a job, as Failed unless it says otherwise; the text is its errorMessage."""

    def __init__(self, message: str, *, ends_as: str = "Failed") -> None:
        super().__init__(message)
        self.ends_as = ends_as


class BulkError(SalesforceError):
    """An error of a request about jobs: the code stands before the message, and no fields are named."""

    def body(self) -> list[dict[str, Any]]:
        """The answer's body."""
        return [{"errorCode": self.code, "message": self.message}]


def bad_value(name: str, value: object) -> BulkError:
    """A property of a request has a value that is not offered."""
    return BulkError("API_ERROR", f"Invalid value: '{value}' supplied for property: '{name}'")


def invalid_job(message: str) -> BulkError:
    """The job cannot be as asked for."""
    return BulkError("INVALIDJOB", f"InvalidJob : {message}")


def invalid_state(message: str) -> BulkError:
    """The state of the job forbids what is asked for."""
    return BulkError("INVALIDJOBSTATE", message)


def already_ended(doing: str, state: str) -> BulkError:
    """An end is asked of a job that has one."""
    return invalid_state(
        f"{doing} already {state.removeprefix('Job').replace('Complete', 'Completed')} Job not allowed"
    )


def not_ready(state: str) -> BulkError:
    """Results are asked of a job that is not done."""
    # Assumption: documented as not available before the end; code and text are not recorded.
    return invalid_state(f"Results are not available while the job is in state {state}")


def uploaded_twice(job_id: str) -> BulkError:
    """A second upload to one job."""
    message = (
        f"Found multipe contents for job: <{job_id[:15]}>, please 'Close' / 'Abort' / 'Delete' the current Job"
        " then create a new Job and make sure you only do 'PUT' once on a given Job."
    )
    return BulkError("BULK_API_ERROR", message)


def too_large() -> BulkError:
    """The upload is larger than allowed."""
    # Assumption: the limit is documented, status, code and text are not recorded.
    message = "The upload exceeds the maximum size of 150 MB after base64 encoding"
    return BulkError("API_ERROR", message, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def not_ended() -> BulkError:
    """A job that still works is to be deleted."""
    return BulkError("API_ERROR", "Error encountered when deleting the job because the job is not terminated")


def other_version(wanted: str) -> BulkError:
    """Results are asked for by another API version than the job's."""
    # Assumption: the status is documented, code and text are not recorded.
    message = f"The job was created with API version {wanted}; get its results with the same version"
    return BulkError("API_ERROR", message, status=HTTPStatus.CONFLICT)


def bad_locator(locator: str) -> BulkError:
    """A locator that was never given out for this job."""
    # Assumption: code and text are not recorded.
    return BulkError("API_ERROR", f"Invalid locator: {locator}")


def too_many_query_jobs(limit: int, used: int) -> BulkError:
    """The query jobs of the last 24 hours are used up."""
    message = f"Max bulk v2 query jobs ({limit}) per 24 hrs has been reached ({used})"
    return BulkError("LIMIT_EXCEEDED", message)


def too_many_batches() -> BulkError:
    """The batches of the last 24 hours are used up."""
    # Assumption: the text is known from jobs of the older Bulk API, the code follows its spelling.
    return BulkError("EXCEEDEDQUOTA", "ExceededQuota : ApiBatchItems Limit exceeded.")


def unsupported_entity(name: str) -> BulkError:
    """The object cannot be read or written in bulk."""
    return BulkError("INVALIDENTITY", f"InvalidEntity : Entity '{name}' is not supported by the Bulk API.")


def feature_not_enabled(message: str) -> BulkError:
    """The user may not do this at all."""
    return BulkError("FEATURENOTENABLED", f"FeatureNotEnabled : {message}")


def not_in_bulk(message: str) -> SalesforceError:
    """The query has what bulk queries may not have; the code is told by Bulk API 1.0, 2.0 has one of its own."""
    return SalesforceError("FUNCTIONALITY_NOT_ENABLED", message)


def bad_query(problem: SalesforceError) -> BulkError:
    """What is wrong with a query, as jobs of 2.0 tell it."""
    # Assumption: in the words of a query, under the code of jobs.
    return BulkError("API_ERROR", problem.message)
