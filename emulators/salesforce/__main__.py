"""`python -m emulators.salesforce --port 8801` serves an empty organisation on the loopback address."""

from __future__ import annotations

import argparse
import sys

from emulators.common.server import serve
from emulators.salesforce.app import create_app
from emulators.salesforce.settings import Settings

DEFAULT_PORT = 8801


def main() -> None:
    """Read the arguments, say where the server is and how to log in, and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m emulators.salesforce", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    port = parser.parse_args().port
    settings = Settings()
    sys.stdout.write(
        f"Salesforce emulator at http://127.0.0.1:{port}"
        f" (client id {settings.client_id}, client secret {settings.client_secret})\n"
    )
    sys.stdout.flush()
    serve(create_app(settings=settings), port)


if __name__ == "__main__":
    main()
