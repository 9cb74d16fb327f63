"""One job of Bulk API 2.0: made, waited for with growing pauses, given up after a deadline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Literal

from connectors.salesforce.client import Answer, Client
from connectors.salesforce.errors import NotAllowed, Refusal
from core.clock import parse_instant
from core.errors import ContractError, TransientError

COMPLETE = "JobComplete"
_ENDED = (COMPLETE, "Failed", "Aborted")
_USED_UP = ("LIMIT_EXCEEDED", "EXCEEDEDQUOTA", "EXCEEDED_QUOTA")
_FIRST_PAUSE_SECONDS, _GROWTH, _LONGEST_PAUSE_SECONDS = 0.25, 1.5, 60.0
UNAVAILABLE = (NotAllowed, TransientError)
"""What may concern the Bulk API alone: closed to the user, or failing in spite of all tries.

Where it concerns the whole connection, the other way to do the work fails by it too.
"""

Kind = Literal["query", "ingest"]


class BulkFailedError(ContractError):
    """A job cannot be made, or came to no good end: the work must be done another way.

    is_used_up: because the day's jobs or batches are.
    """

    def __init__(self, message: str, *, is_used_up: bool = False) -> None:
        super().__init__(message)
        self.is_used_up = is_used_up


@dataclass(frozen=True)
class Job:
    """A job by its id; `operation` is what its calls are counted as.

    created_at: Salesforce's clock when the job was made, before it looked at any row; None for a job met again.
    """

    client: Client
    operation: str
    kind: Kind
    id: str
    created_at: datetime | None = None

    @property
    def path(self) -> str:
        """Below /services/data/vNN.0/."""
        return f"jobs/{self.kind}/{self.id}"

    def wait(self, deadline_seconds: float) -> Answer:
        """The job as it ended. Raises BulkFailedError where it has failed or takes too long; then it is aborted.

        Every look costs an API call, so the pauses before them grow by half: 0.25 s, 0.38 s, 0.56 s, … at most a
        minute. A job that is done waits at most half as long again as it took.
        """
        timing = self.client.wire.timing
        end, pause = timing.monotonic() + deadline_seconds, _FIRST_PAUSE_SECONDS
        while True:
            timing.sleep(pause)
            info = self.look()
            if info["state"] in _ENDED:
                return info
            pause = min(_GROWTH * pause, _LONGEST_PAUSE_SECONDS)
            if timing.monotonic() + pause > end:
                self.abort()
                raise BulkFailedError(f"The job {self.id} was not done in {deadline_seconds:.0f} s.")

    def look(self) -> Answer:
        """How the job stands."""
        return self.client.call(self.operation).rest_object(["state"], self.path)

    def change(self, state: str) -> None:
        """Ask for another state; raises Refusal where the job does not allow it."""
        self.client.call(self.operation).rest(self.path, "PATCH", json={"state": state})

    def abort(self) -> None:
        """End the job; one that has ended already stays as it is."""
        try:
            self.change("Aborted")
        except Refusal as refusal:
            if refusal.status not in (400, 404):
                raise

    def download(self, path: str, into: IO[bytes]) -> Mapping[str, str]:
        """Fetch a result whole into a file, from the beginning at each try; gives the answer's headers."""
        return self.client.call(self.operation).raw(path, into=into).headers


def make(client: Client, operation: str, kind: Kind, wanted: Mapping[str, Any]) -> Job:
    """A new job with CSV in lines that end in LF. Raises BulkFailedError where Salesforce does not take it."""
    body = {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF", **wanted}
    try:
        made = client.call(operation).rest_object(["id", "createdDate"], f"jobs/{kind}", "POST", json=body)
    except Refusal as refusal:
        message = f"No job could be made: {refusal.reason} ({refusal.code})."
        raise BulkFailedError(message, is_used_up=refusal.code.upper() in _USED_UP) from refusal
    except UNAVAILABLE as error:
        raise BulkFailedError(f"No job could be made: {error}") from error
    try:
        return Job(client, operation, kind, str(made["id"]), parse_instant(made["createdDate"]))
    except (TypeError, ValueError) as error:
        raise ContractError(f"Salesforce does not say when it made the job {made['id']}: {error}.") from error
