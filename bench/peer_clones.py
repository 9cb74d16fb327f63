"""Peers that are no package: a repository at a commit, or a folder that an environment variable names.

A peer's clone.txt holds the variable, the repository's address and the commit. On a machine without the network
the variable points to a copy of the repository.
"""

import os
import shutil
import subprocess
from pathlib import Path

_DONE = "cloned"


def clone(wanted: Path, home: Path) -> Path:
    """The folder with the repository; it is fetched into `home` when that has another one or none.

    Raises FileNotFoundError for a variable that names no folder or without git, CalledProcessError when git fails.
    """
    variable, address, commit = wanted.read_text().split()
    given = os.environ.get(variable)
    if given:
        if not Path(given).is_dir():
            raise FileNotFoundError(f"{variable} names {given}, which is no folder")
        return Path(given).resolve()
    git = shutil.which("git")
    if git is None:
        raise FileNotFoundError("there is no git to clone with")
    done = home / _DONE
    if not done.exists() or done.read_text() != commit:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for command in (
            ("init", "--quiet"),
            ("fetch", "--quiet", "--depth=1", address, commit),
            ("checkout", "--quiet", "FETCH_HEAD"),
        ):
            subprocess.run([git, "-C", str(home), *command], check=True, capture_output=True)
        done.write_text(commit)
    return home
