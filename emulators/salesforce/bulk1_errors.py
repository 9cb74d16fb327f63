"""The errors of Bulk API 1.0: a code and a message of other names than in the other APIs, nearly always with 400.

The codes are those of the documentation. Recorded texts: session, object, blank external id, address of a request,
unsupported entity, results asked for too early, feature not enabled.
"""

from __future__ import annotations

from http import HTTPStatus

from emulators.salesforce.errors import SalesforceError


class AsyncError(SalesforceError):
    """An error of a request."""

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(code, message, status=status)


def of_other_apis(problem: SalesforceError) -> AsyncError:
    """What is wrong in every API (session, calls of the day, version) in the words of this one."""
    if isinstance(problem, AsyncError):
        return problem
    if problem.code == "INVALID_SESSION_ID":
        return AsyncError("InvalidSessionId", "Invalid session id")
    if problem.code == "REQUEST_LIMIT_EXCEEDED":
        # Assumption: seen in reports, not recorded.
        return AsyncError("ExceededQuota", problem.message)
    # Assumption: codes and texts of what is left (retired versions) are not recorded.
    return AsyncError("ClientInputError", problem.message)


def not_enabled() -> AsyncError:
    """The organisation has no Bulk API."""
    return AsyncError("FeatureNotEnabled", "Async API not enabled")


def unknown_version(text: str) -> AsyncError:
    """The address names no version."""
    # Assumption: seen in a client's tests, not recorded.
    return AsyncError("InvalidUrl", f"unknown version: {text}")


def bad_url(path: str) -> AsyncError:
    """The address leads nowhere."""
    found = path.strip("/").partition("/")[0]
    if found != "job":
        return AsyncError("InvalidUrl", f"Failed to parse URL. Was expecting 'job' but found:{found}")
    # Assumption: recorded for the first part of an address only.
    return AsyncError("InvalidUrl", f"Failed to parse URL: {path}")


def bad_method(method: str) -> AsyncError:
    """Only GET and POST are known."""
    # Assumption: the status is documented, code and text are not recorded.
    message = f"HTTP method {method} is not supported"
    return AsyncError("ClientInputError", message, HTTPStatus.METHOD_NOT_ALLOWED)


def bad_body(message: str, *, json: bool) -> AsyncError:
    """The body cannot be read."""
    # Assumption: the code is documented for XML; for JSON neither it nor the texts are recorded.
    return AsyncError("ClientInputError" if json else "InvalidXML", message)


def invalid_job(message: str) -> AsyncError:
    """The job is not there, or cannot be as asked for."""
    return AsyncError("InvalidJob", message)


def no_such_job(job_id: str) -> AsyncError:
    """An id that is no job's."""
    # Assumption: the code is documented, the text is not recorded.
    return invalid_job(f"Invalid job id: {job_id}")


def foreign_job(job_id: str) -> AsyncError:
    """The job was made by another user."""
    # Assumption: the code is documented, the text is not recorded.
    return AsyncError("InvalidUser", f"The job {job_id} was created by another user")


def other_version(wanted: str) -> AsyncError:
    """The job was made with another version than the address names."""
    # Assumption: that they must be alike is documented, code and text are not recorded.
    return invalid_job(f"The job was created with API version {wanted}")


def invalid_state(message: str) -> AsyncError:
    """The state of the job forbids it, or the state asked for does not exist."""
    # Assumption: the code is documented, the texts are not recorded.
    return AsyncError("InvalidJobState", message)


def invalid_batch(message: str) -> AsyncError:
    """The batch is not there, or has nothing of the kind."""
    return AsyncError("InvalidBatch", message)


def no_such_batch(batch_id: str) -> AsyncError:
    """An id that is no batch's of the job."""
    # Assumption: the code is documented, the text is not recorded.
    return invalid_batch(f"Unable to find batch: {batch_id}")


def not_processed() -> AsyncError:
    """Results are asked of a batch that has none: it still works, has failed or was never begun."""
    return invalid_batch("Records not processed")


def unsupported_entity(name: str) -> AsyncError:
    """The object cannot be read or written in bulk."""
    return AsyncError("InvalidEntity", f"Entity '{name}' is not supported by the Bulk API.")


def too_many_batches() -> AsyncError:
    """The batches of the last 24 hours are used up."""
    return AsyncError("ExceededQuota", "ApiBatchItems Limit exceeded.")


def other_content_type(wanted: str) -> AsyncError:
    """A batch comes in another format than its job's."""
    # Assumption: that they must be alike is documented, code and text are not recorded.
    return AsyncError(
        "ClientInputError", f"The content type of the batch does not match that of the job, {wanted}"
    )


def too_large() -> AsyncError:
    """The batch is larger than 10 MB."""
    # Assumption: the limit is documented, code and text are not recorded.
    return AsyncError("ClientInputError", "The batch is larger than 10 MB")
