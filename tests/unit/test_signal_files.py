"""Files of signals: CSV as spreadsheets write it, vendors' layouts, Parquet."""

import sys
from datetime import UTC, date, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.clock import millis
from core.errors import ConfigError
from store.database import Database
from store.signals import Kept
from sync.progress import Quiet
from sync.signal_import import Imported, Importer, import_signals
from sync.signal_mapping import READY, load_mapping
from tests.worlds import new_database

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
PLAIN = "domain,kind,topic,strength,observed_at\n"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return new_database(tmp_path)


def bring(database: Database, path: Path, mapping: str | None = None, **given: str) -> Imported:
    return import_signals(Importer(database, load_mapping(mapping), given, NOW, Quiet()), path)


def bring_text(
    database: Database, folder: Path, text: str | bytes, mapping: str | None = None, **given: str
) -> Imported:
    path = folder / "signals.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return bring(database, path, mapping, **given)


def stored(database: Database) -> list[tuple[object, ...]]:
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT source, domain, kind, topic, strength, observed_at FROM signal ORDER BY 1, 2, 3, 4, 5"
        )
        return [tuple(row) for row in rows]


def day(text: str) -> int:
    return millis(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_good_lines_are_kept_and_bad_ones_told_by_line_and_cause(database: Database, tmp_path: Path) -> None:
    text = PLAIN + (
        "acme.com,topic,crm,85,2026-11-20\n"
        "\n"
        "gmail.com,topic,crm,85,2026-11-20\n"
        'beta.com,funding,"series B,\nled by x",90,2026-11-21\n'
        "gamma.com,topic,crm,much,2026-11-20\n"
        "web.de,topic,crm,85,2026-11-20\n"
        "gamma.com,topic,crm\n"
    )
    report = bring_text(database, tmp_path, text, source="g2")
    assert [(row.line, row.column, row.value) for row in report.listed] == [
        (4, "domain", "'gmail.com'"),
        (7, "strength", "'much'"),
        (8, "domain", "'web.de'"),
        (9, "line", "3 instead of 5: 'gamma.com,topic,crm'"),
    ]
    assert [(cause.column, cause.count, cause.lines) for cause in report.causes] == [
        ("domain", 2, [4, 8]), ("line", 1, [9]), ("strength", 1, [7]),
    ]  # fmt: skip
    assert (report.signals, report.refused, report.kept) == (2, 4, {Kept.NEW: 2})
    assert stored(database) == [
        ("g2", "acme.com", "topic", "crm", 85.0, day("2026-11-20")),
        ("g2", "beta.com", "funding", "series B, led by x", 90.0, day("2026-11-21")),
    ]


def test_the_same_file_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    text = PLAIN + "".join(f"acme{n}.com,topic,crm,85,2026-11-20\n" for n in range(30))
    assert bring_text(database, tmp_path, text, source="g2").kept == {Kept.NEW: 30}
    before = stored(database)
    assert bring_text(database, tmp_path, text, source="g2").kept == {Kept.UNCHANGED: 30}
    assert stored(database) == before


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_as_spreadsheets_write_them(
    database: Database, tmp_path: Path, delimiter: str, bom: bytes, end: str
) -> None:
    lines = [
        "Company Domain,Signal Type,Topic Name,SCORE,Observed-At,,",
        "acme.com,topic,crm,85,2026-11-20,,",
        "",
    ]
    text = bom + end.join(lines).replace(",", delimiter).encode()
    report = bring_text(database, tmp_path, text, source="g2")
    assert (report.signals, report.refused) == (1, 0)
    assert stored(database) == [("g2", "acme.com", "topic", "crm", 85.0, day("2026-11-20"))]


def test_a_line_in_another_encoding_is_refused_alone(database: Database, tmp_path: Path) -> None:
    text = (
        PLAIN.encode() + b"acme.com,topic,caf\xe9,85,2026-11-20\nbeta.com,topic,caf\xc3\xa9,85,2026-11-20\n"
    )
    report = bring_text(database, tmp_path, text, source="g2")
    assert [(row.line, row.column) for row in report.listed] == [(2, "topic")]
    assert stored(database) == [("g2", "beta.com", "topic", "café", 85.0, day("2026-11-20"))]


def test_a_quote_that_is_never_closed_costs_no_line_before_it(database: Database, tmp_path: Path) -> None:
    text = PLAIN + 'acme.com,topic,crm,85,2026-11-20\nbeta.com,topic,"crm,85,2026-11-20\n'
    report = bring_text(database, tmp_path, text, source="g2")
    assert [(row.column, row.problem) for row in report.listed] == [("line", "is no CSV")]
    assert [row[1] for row in stored(database)] == ["acme.com"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "no header line"),
        (PLAIN.encode("utf-16"), "no header line in UTF-8"),
        (b"domain,domain,kind\n", "more than once"),
        (b"name,score\nx,1\n", "no column for source (called source or provider or vendor); domain"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole(
    database: Database, tmp_path: Path, text: bytes, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        bring_text(database, tmp_path, text)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_told(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        bring(database, tmp_path / "none.csv")


def test_a_long_file_is_read_in_batches_and_shows_progress(database: Database, tmp_path: Path) -> None:
    moves: list[tuple[int, int | None]] = []

    class Seen:
        def advance(self, task: str, count: int, total: int | None = None) -> None:
            assert task == "read signals"
            moves.append((count, total))

    path = tmp_path / "long.csv"
    path.write_text(PLAIN + "".join(f"acme{n}.com,topic,crm,85,2026-11-20\n" for n in range(12_000)))
    report = import_signals(Importer(database, load_mapping(None), {"source": "g2"}, NOW, Seen()), path)
    assert report.kept == {Kept.NEW: 12_000}
    assert len(moves) == 3
    assert sum(count for count, _ in moves) == path.stat().st_size == moves[0][1]


def test_own_ids_let_a_source_correct_itself_but_never_go_back(database: Database, tmp_path: Path) -> None:
    head = "id," + PLAIN
    bring_text(database, tmp_path, head + "7,acme.com,topic,crm,85,2026-11-20\n", source="g2")
    report = bring_text(database, tmp_path, head + "7,acme.com,topic,crm,40,2026-11-21\n", source="g2")
    assert report.kept == {Kept.CHANGED: 1}
    report = bring_text(database, tmp_path, head + "7,acme.com,topic,crm,99,2026-11-19\n", source="g2")
    assert report.kept == {Kept.OLDER: 1}
    assert [row[4] for row in stored(database)] == [40.0]


@pytest.mark.parametrize(
    ("mapping", "text", "rows"),
    [
        (
            "bombora",
            "Company Name,Domain,Topic Name,Composite Score,Date\nAcme,acme.com,CRM,72,2026-11-15\n",
            [("bombora", "acme.com", "topic", "CRM", 72.0)],
        ),
        (
            "6sense",
            """Website,accountIntentScore6sense__c,accountBuyingStage6sense__c,accountUpdateDate6sense__c
acme.com,91,Decision,2026-11-20T01:00:00.000+0000
beta.com,,Awareness,2026-11-20
""",
            [
                ("6sense", "acme.com", "topic", "buying stage", 85.0),
                ("6sense", "acme.com", "topic", "intent score", 91.0),
                ("6sense", "beta.com", "topic", "buying stage", 40.0),
            ],
        ),
        (
            "demandbase",
            "Website,Pipeline Predict Score,Intent Strength,Date\nacme.com,88,high,2026-11-20\n",
            [
                ("demandbase", "acme.com", "topic", "keyword intent", 90.0),
                ("demandbase", "acme.com", "topic", "pipeline predict", 88.0),
            ],
        ),
        (
            "zoominfo",
            "Company Website,Topic,Signal Score,Signal Date\nwww.acme.com,ABM,80,2026-11-20\n",
            [("zoominfo", "acme.com", "topic", "ABM", 80.0)],
        ),
    ],
)
def test_ready_mappings_read_their_vendors_layout(
    database: Database, tmp_path: Path, mapping: str, text: str, rows: list[tuple[object, ...]]
) -> None:
    assert bring_text(database, tmp_path, text, mapping).refused == 0
    assert [row[:5] for row in stored(database)] == rows


def test_all_ready_mappings_are_valid() -> None:
    names = [
        line[1:-1]
        for line in READY.read_text(encoding="utf-8").splitlines()
        if line.startswith("[") and "." not in line
    ]
    assert names == ["bombora", "6sense", "demandbase", "zoominfo"]
    for name in names:
        assert load_mapping(name).readings


def test_a_row_with_an_id_of_its_own_may_make_several_signals(database: Database, tmp_path: Path) -> None:
    text = "ID,Website,Intent Score,Buying Stage,Date\n1,acme.com,91,Decision,2026-11-20\n"
    assert bring_text(database, tmp_path, text, "6sense").kept == {Kept.NEW: 2}
    assert bring_text(database, tmp_path, text, "6sense").kept == {Kept.UNCHANGED: 2}


def test_a_value_that_is_not_on_the_scale_is_refused(database: Database, tmp_path: Path) -> None:
    text = "Website,Buying Stage,Date\nacme.com,Dreaming,2026-11-20\n"
    (found,) = bring_text(database, tmp_path, text, "6sense").listed
    assert (found.column, found.value) == ("Buying Stage", "'Dreaming'")
    assert "Decision" in found.advice


def test_a_mapping_of_ones_own(database: Database, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'source = "own"\n[columns]\ndomain = ["Firm"]\n[fixed]\nkind = "hiring"\n'
        '[[readings]]\nstrength = ["Jobs"]\nscale = { low = 0, high = 20 }\n'
    )
    bring_text(database, tmp_path, "Firm,Jobs\nacme.com,5\nbeta.com,50\n", str(own), observed_at="2026-11-01")
    assert [row[:5] for row in stored(database)] == [
        ("own", "acme.com", "hiring", "", 25.0),
        ("own", "beta.com", "hiring", "", 100.0),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [("nonsense", "cannot be read"), ('sorce = "x"', "sorce"), ("[[readings]]\nkind = 'x'", "readings.0")],
)
def test_a_mapping_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_mapping(str(path))
    with pytest.raises(ConfigError, match="bombora, 6sense, demandbase, zoominfo"):
        load_mapping("g3")


def test_a_command_lines_source_and_day_stand_for_the_whole_file(database: Database, tmp_path: Path) -> None:
    text = "source,domain,kind,strength,date\na,acme.com,topic,80,2026-11-01\n"
    bring_text(database, tmp_path, text, source="b", observed_at="2026-11-05")
    assert stored(database) == [("b", "acme.com", "topic", "", 80.0, day("2026-11-05"))]


def test_parquet_is_read_or_says_what_to_install(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "signals.parquet"
    if find_spec("pyarrow") is None:
        path.write_bytes(b"PAR1")
        with pytest.raises(ConfigError, match=r"pip install .pyarrow>=18"):
            bring(database, path)
        return
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    rows = [
        {"domain": f"acme{n}.com", "kind": "topic", "score": 60.0 + n, "date": date(2026, 11, 20)}
        for n in range(40)
    ]
    parquet.write_table(arrow.Table.from_pylist([*rows, {**rows[0], "score": 101.0}]), path)
    report = bring(database, path, source="g2")
    assert (report.kept, [row.line for row in report.listed]) == ({Kept.NEW: 40}, [41])
    assert stored(database)[0] == ("g2", "acme0.com", "topic", "", 60.0, day("2026-11-20"))
    path.write_bytes(b"no parquet")
    with pytest.raises(ConfigError, match="is no Parquet file"):
        bring(database, path, source="g2")


def test_without_pyarrow_the_error_says_what_to_install(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = tmp_path / "signals.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(ConfigError, match="save the file as CSV"):
        bring(database, path)
