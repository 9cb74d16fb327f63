"""Bulk API 1.0 of the emulator beside recorded answers: the same text but for ids, times and numbers.

SHORTLIST_CORPUS names the folder of recordings, which are not part of this repository.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.test_salesforce_emulator import Api, running
from tests.integration.test_salesforce_emulator_bulk1 import CSV, XML, Classic
from tests.integration.test_salesforce_emulator_corpus import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    CORPUS is None, reason="SHORTLIST_CORPUS does not name a folder of recordings"
)

OPENED = (
    '<jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload"><operation>upsert</operation>'
    "<object>Contact</object><externalIdFieldName>Id</externalIdFieldName>"
    "<concurrencyMode>Parallel</concurrencyMode><contentType>CSV</contentType></jobInfo>"
)
CLOSED = '<jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload"><state>Closed</state></jobInfo>'
VARYING = (
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"(?<=[>\"])[A-Za-z0-9]{18}(?=[<\"])", "ID"),
    (r"(?<=apiVersion>)[^<]+", "VERSION"),
    (r"(?<=ProcessingTime>)\d+", "N"),
)


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        client.control("settings", {"bulk": {"polls": 0}})
        yield client


def recorded(number: str) -> str:
    folder = Path(CORPUS or "") / "salesforce"
    path = next(path for path in folder.glob(f"{number}_*") if not path.name.endswith(".meta.json"))
    return path.read_bytes().decode()


def masked(text: str) -> str:
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text.strip()


def test_a_job_that_writes_is_answered_as_recorded(api: Api) -> None:
    classic = Classic(api)
    made = classic.call("POST", "/job", XML, data=OPENED)
    assert masked(made.text) == masked(recorded("017"))
    path = f"/job/{re.findall('<id>(.*)</id>', made.text)[0]}"
    rows = "".join(f'"L{number}",""\n' for number in range(16))
    added = classic.call("POST", f"{path}/batch", CSV, data=f'"LastName","Id"\n{rows}')
    assert masked(added.text) == masked(recorded("018"))
    [batch] = re.findall("<id>(.*)</id>", added.text)
    assert masked(classic.call("POST", path, XML, data=CLOSED).text) == masked(recorded("019"))
    assert masked(classic.call("GET", f"{path}/batch", None).text) == masked(recorded("020"))
    assert masked(classic.call("GET", f"{path}/batch/{batch}/result", None).text) == masked(recorded("021"))
