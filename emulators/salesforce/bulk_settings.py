"""What can be set from outside about Bulk API 2.0 and 1.0: the key `bulk` of the settings."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

BATCH_ROWS = 10_000
QUERY_JOBS = 10_000
BATCHES = 15_000
FILE_BYTES = 150_000_000
PAGE_ROWS = 100_000
RESULT_ROWS = 250_000


@dataclass
class Fate:
    """What becomes of jobs instead of JobComplete, once the share `at` (0 to 1) of their batches is done.

    `job` is `query`, `ingest` or an operation, `object` the object's name; empty fits all. `times` None means
    for ever; `hits` counts the jobs it met.
    """

    fate: Literal["stuck", "fail", "abort"]
    job: str = ""
    object: str = ""
    at: float = 0.0
    # Assumption: the errorMessage of a job that was tried too often is not recorded.
    message: str = "InternalServerError : Retried more than 20 times"
    times: int | None = None
    hits: int = 0

    def __post_init__(self) -> None:
        if self.fate not in ("stuck", "fail", "abort"):
            raise ValueError(f"a fate is stuck, fail or abort, not {self.fate}")

    def meets(self, kind: str, operation: str, object_name: str) -> bool:
        """Whether a new job of this kind, operation and object has this fate."""
        is_spent = self.times is not None and self.hits >= self.times
        fits_object = self.object.lower() in ("", object_name.lower())
        return not is_spent and fits_object and self.job in ("", kind, operation)


@dataclass
class BulkSettings:
    """The settings, each with the value of a well-meaning organisation.

    A job is done when it has been asked for `polls` times and `seconds` of the emulator's clock are over;
    its batches of `batch_rows` are done one by one until then. `page_rows` is the most a page of query
    results holds, `result_rows` a result of Bulk API 1.0. `query_jobs` and `batches` are allowed in 24 hours;
    `file_bytes` is the largest upload after base64. `scatter`: results come in another order than the rows
    were found or sent in. `gzip`: results are compressed for clients that accept it. `hard_delete`: whether
    the user may. `classic`: whether the organisation has Bulk API 1.0. The first of `fates` that meets a job,
    or a batch of 1.0, decides.
    """

    polls: int = 1
    seconds: float = 0.0
    batch_rows: int = BATCH_ROWS
    page_rows: int = PAGE_ROWS
    query_jobs: int = QUERY_JOBS
    batches: int = BATCHES
    file_bytes: int = FILE_BYTES
    scatter: bool = True
    gzip: bool = True
    hard_delete: bool = True
    classic: bool = True
    result_rows: int = RESULT_ROWS
    fates: list[Fate] = field(default_factory=list)

    def fate_of(self, kind: str, operation: str, object_name: str) -> Fate | None:
        """The fate of a new job, which it uses up once; None without one."""
        fate = next((fate for fate in self.fates if fate.meets(kind, operation, object_name)), None)
        if fate is not None:
            fate.hits += 1
        return fate

    def change(self, changes: Mapping[str, Any]) -> None:
        """Apply changes. Raises KeyError for an unknown name, TypeError or ValueError for a bad fate."""
        unknown = sorted(set(changes) - {item.name for item in fields(self)})
        if unknown:
            raise KeyError(f"unknown settings of bulk: {', '.join(unknown)}")
        fates = [Fate(**given) for given in changes.get("fates", [])]
        for name, value in changes.items():
            setattr(self, name, fates if name == "fates" else value)
