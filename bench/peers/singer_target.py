"""Stores what a Singer tap printed, by target-jsonl in an environment of its own. Standard library only."""

import json
import os
import subprocess
from pathlib import Path


def stored_by_target(messages: Path, stream: str) -> int:
    """Feed the messages to the target, as a pipe would; gives the records in the file that it wrote.

    CalledProcessError: the target failed.
    """
    folder = messages.parent
    config = folder / "target.json"
    config.write_text(json.dumps({"destination_path": str(folder), "do_timestamp_file": False}))
    with messages.open("rb") as source, Path(os.devnull).open("wb") as nowhere:
        subprocess.run(
            [os.environ["TARGET_PYTHON"], "-m", "target_jsonl", "--config", str(config)],
            stdin=source,
            stdout=nowhere,
            check=True,
        )
    with (folder / f"{stream}.jsonl").open("rb") as lines:
        return sum(1 for _ in lines)
