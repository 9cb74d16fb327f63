"""simple-salesforce behind our transport: every call it makes is counted, timed out and tried again.

Each task takes an SDK object of its own, which costs nothing, so that the call count knows what a call was
for and each reader sees the Date of its own answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from typing import IO, Any

import orjson
from simple_salesforce.exceptions import SalesforceError

from connectors.packing import unpacked
from connectors.salesforce.errors import LOST_LOCATOR, Problem, Refusal, problem_of
from connectors.salesforce.hosts import path_below
from connectors.salesforce.sdk import JSON, Door, Sdk
from connectors.salesforce.wire import Wire
from connectors.transport import Request, Response
from core.errors import ContractError, TransientError

_FIRST_REFUSED_STATUS = 300

Answer = dict[str, Any]


@dataclass
class Call:
    """The calls of one task. Methods raise core errors; Refusal carries Salesforce's code."""

    wire: Wire
    version: str
    operation: str
    repeatable: bool = True
    _door: Door = field(init=False)
    _sdk: Sdk = field(init=False)

    def __post_init__(self) -> None:
        self._door = Door(self.wire.transport, self.operation, repeatable=self.repeatable)
        self._sdk = Sdk(self.wire, self.version, self._door)

    @property
    def answered_at(self) -> datetime:
        """Salesforce's clock at the last answer; raises ContractError where it did not tell."""
        if self._door.answered_at is None:
            raise ContractError(f"{self.wire.host} answers without a Date; we cannot say what was read.")
        return self._door.answered_at

    def query(self, soql: str, *, with_deleted: bool = False) -> Answer:
        """The first page of a query."""
        return self._page(self._refusing(lambda: self._sdk.query(soql, include_deleted=with_deleted)))

    def query_more(self, next_url: str) -> Answer:
        """The page that an earlier one named; raises ContractError for an address that is not a query's."""
        path = path_below(
            self.wire.identity().instance_url, next_url, f"/services/data/v{self.version}/query"
        )
        return self._page(self._refusing(lambda: self._sdk.query_more(path, identifier_is_url=True)))

    def query_unread(self, soql: str, *, with_deleted: bool = False) -> Response:
        """The first page of a query as it came, for `read_page`: a page that waits takes little room so."""
        return self.raw("queryAll/" if with_deleted else "query/", params={"q": soql}, packed=True)

    def query_more_unread(self, next_url: str) -> Response:
        """The page that an earlier one named, as it came."""
        base = self.wire.identity().instance_url
        return self.raw(
            path_below(base, next_url, f"{self._base}query").removeprefix(self._base), packed=True
        )

    def read_page(self, page: Response) -> Answer:
        """A page that came unread; raises ContractError for what is none, TransientError for a damaged one."""
        try:
            return self._page(orjson.loads(unpacked(page.headers, page.body)))
        except orjson.JSONDecodeError as error:
            raise ContractError(f"{self.wire.host} answered something that is not JSON.") from error
        except HTTPException as error:
            raise TransientError(f"{self.wire.host} ({self.operation}): {error}.") from error

    def query_rows(self, soql: str, *, with_deleted: bool = False) -> list[dict[str, Any]]:
        """All rows of a query that gives few; asked once more where its locator is lost."""
        try:
            return self._all_rows(soql, with_deleted=with_deleted)
        except Refusal as refusal:
            if refusal.code not in LOST_LOCATOR:
                raise
            return self._all_rows(soql, with_deleted=with_deleted)

    def rest(self, path: str, method: str = "GET", **more: Any) -> Any:
        """A call below /services/data/vNN.0/; `more` is params, json, data or headers."""
        return self._refusing(lambda: self._sdk.restful(path, method=method, **more))

    def rest_object(self, keys: Sequence[str], path: str, method: str = "GET", **more: Any) -> Answer:
        """The same for a call that answers an object; raises ContractError where it lacks one of the keys."""
        answer = self.rest(path, method, **more)
        if not isinstance(answer, dict) or not answer.keys() >= set(keys):
            raise ContractError(f"{self.wire.host} answers {path} without {', '.join(keys)}.")
        return answer

    def raw(
        self,
        path: str,
        method: str = "GET",
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        into: IO[bytes] | None = None,
        packed: bool = False,
    ) -> Response:
        """A call below /services/data/vNN.0/ as it goes over the wire; `into` and `packed` are as in Request."""
        request = Request(
            self.operation,
            method,
            f"{self._base}{path}",
            params=params,
            headers={**JSON, **(headers or {})},
            repeatable=self.repeatable,
            body=body,
            into=into,
            packed=packed,
        )
        response = self.wire.transport.call(request)
        if response.status >= _FIRST_REFUSED_STATUS:
            raise Refusal(self.wire.host, response.status, problem_of(response.body))
        return response

    def path_of(self, url: str) -> str:
        """What `rest` and `raw` take, of an address that a job named; raises ContractError for one elsewhere."""
        rooted = url if "//" in url or url.startswith("/") else f"/{url}"
        path = path_below(self.wire.identity().instance_url, rooted, f"{self._base}jobs/")
        return path.removeprefix(self._base)

    @property
    def _base(self) -> str:
        return f"/services/data/v{self.version}/"

    def _all_rows(self, soql: str, *, with_deleted: bool) -> list[dict[str, Any]]:
        page = self.query(soql, with_deleted=with_deleted)
        rows = list(page["records"])
        while not page["done"]:
            page = self.query_more(page["nextRecordsUrl"])
            rows += page["records"]
        return rows

    def _page(self, answer: Any) -> Answer:
        """A query's answer, if it is one."""
        match answer:
            case {"records": list(rows), "done": True, "totalSize": int()} | {
                "records": list(rows),
                "done": False,
                "totalSize": int(),
                "nextRecordsUrl": str(),
            } if set(map(type, rows)) <= {dict}:
                return dict(answer)
        raise ContractError(f"{self.wire.host} answers a query with something else ({self.operation}).")

    def _refusing(self, make: Any) -> Any:
        try:
            return make()
        except SalesforceError as error:
            # Without its cause, whose text holds the whole body and address.
            raise Refusal(self.wire.host, error.status, _problem(error.content)) from None


def _problem(content: Any) -> Problem:
    """simple-salesforce has parsed the body already, where it could."""
    return problem_of(content.encode() if isinstance(content, str) else orjson.dumps(content))


@dataclass
class Client:
    """Makes the calls of one connection; safe to share between threads."""

    wire: Wire
    version: str
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep a sentence for the run's report, once."""
        if text not in self.notes:
            self.notes.append(text)

    def take_notes(self) -> list[str]:
        """The sentences since they were last taken, and the warnings about the day's calls."""
        notes, self.notes = self.notes, []
        return notes + self.wire.quota.warnings()

    def call(self, operation: str, *, repeatable: bool = True) -> Call:
        """Calls that are counted as `operation`."""
        return Call(self.wire, self.version, operation, repeatable)

    def pause(self, attempt: int) -> None:
        """Wait before trying locked rows again: 0.5 s, 1 s, 2 s, … at most 8 s."""
        self.wire.timing.sleep(min(0.5 * 2.0**attempt, 8.0))
