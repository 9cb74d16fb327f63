"""simple-salesforce over our transport."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from simple_salesforce.api import Salesforce

from connectors.salesforce.wire import Wire
from connectors.transport import Request, Transport
from core.errors import ContractError

JSON = {"Content-Type": "application/json", "Sforce-Call-Options": "client=shortlist"}
"""Headers of every call. The name marks our writes in change events."""


class Door(requests.Session):
    """The session that simple-salesforce calls: it hands each request to the transport."""

    def __init__(self, transport: Transport, operation: str, *, repeatable: bool) -> None:
        super().__init__()
        self._transport = transport
        self._operation = operation
        self._repeatable = repeatable
        self.answered_at: datetime | None = None

    def request(  # type: ignore[override]  # what simple-salesforce uses of it
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: bytes | None = None,
    ) -> requests.Response:
        """Make the call; the host in `url` and the authorization are the wire's business."""
        parts = urlsplit(url)
        response = self._transport.call(
            Request(
                self._operation,
                method,
                f"{parts.path}?{parts.query}" if parts.query else parts.path,
                params=params,
                json=json,
                headers={name: text for name, text in headers.items() if name != "Authorization"},
                repeatable=self._repeatable,
                body=data,
            )
        )
        if "date" in response.headers:
            self.answered_at = parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
        answer = requests.Response()
        answer.status_code = response.status
        answer.headers.update(response.headers)
        answer.url = parts.path
        answer.raw = BytesIO(response.body)
        return answer


class Sdk(Salesforce):
    """simple-salesforce with a quick JSON reader, and without X-PrettyPrint, which fattens every answer."""

    def __init__(self, wire: Wire, version: str, door: Door) -> None:
        super().__init__(
            instance_url=wire.instance_url, session_id="kept by the wire", session=door, version=version
        )
        self.headers = dict(JSON)

    def parse_result_to_json(self, result: requests.Response) -> Any:
        """The answer's JSON, an object or an array; raises ContractError for anything else."""
        try:
            parsed = orjson.loads(result.content)
        except orjson.JSONDecodeError as error:
            raise ContractError(f"{self.sf_instance} answered something that is not JSON.") from error
        if not isinstance(parsed, dict | list):
            raise ContractError(f"{self.sf_instance} answered neither an object nor an array.")
        return parsed
