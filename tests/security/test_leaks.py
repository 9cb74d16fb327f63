"""The last look of a test run finds what it must, in every kind of file, and nothing else (S03)."""

import time
from pathlib import Path

import pytest

from tests.leaks import leaks

pytest_plugins = ("pytester",)

TOKENS = (
    b"demo-secret",
    b"demo-token",
    b"00D000000000001!AQ" + b"x" * 60,
    b"Authorization: Bearer 0123456789abcdefghij",
    b"refresh_token=0123456789ab",
    b"client_secret=0123456789ab",
)


@pytest.mark.parametrize("token", TOKENS)
def test_s03_the_last_look_finds_a_token_wherever_it_lies(tmp_path: Path, token: bytes) -> None:
    folder = tmp_path / "looked-at"
    deep = folder / "a" / "b"
    deep.mkdir(parents=True)
    (folder / "clean").write_bytes(b"\0" * 100_000 + b"Bearer of bad news; sid; !AQ")
    (folder / "empty").touch()
    leak = deep / "shortlist.sqlite-wal"
    leak.write_bytes(b"\0" * 100_000 + token + b"\0")
    assert [path for path, _ in leaks(folder)] == [leak]
    leak.unlink()


def test_s03_the_last_look_is_quick(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.sqlite").write_bytes(b"Bearer x, " * 100_000)
    began = time.process_time()
    assert list(leaks(tmp_path)) == []
    assert time.process_time() - began < 5


@pytest.mark.parametrize("workers", ["0", "2"])
def test_s03_a_run_that_leaves_a_secret_fails_and_names_the_file(
    pytester: pytest.Pytester, workers: str
) -> None:
    root = Path(__file__).parents[2]
    pytester.makeconftest("from tests.conftest import pytest_sessionfinish  # noqa: F401\n")
    pytester.makepyfile(
        'def test_it(tmp_path):\n    (tmp_path / "kept").write_text("-".join(["demo", "token"]))\n'
    )
    pytester.syspathinsert(root)
    found = pytester.runpytest_subprocess("-n", workers, "-p", "no:cacheprovider")
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stderr.fnmatch_lines(["*S03*test_it0*kept holds demo-token…*"])
    for path in pytester.path.parent.rglob("kept"):
        path.unlink()
