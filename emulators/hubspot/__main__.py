"""`python -m emulators.hubspot --port 8802`: serve an empty portal until interrupted."""

from __future__ import annotations

import argparse
import sys

from emulators.common.server import serve
from emulators.hubspot.app import create_app

DEFAULT_PORT = 8802


def main() -> None:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(prog="emulators.hubspot", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    arguments = parser.parse_args()
    sys.stderr.write(f"HubSpot emulator on http://127.0.0.1:{arguments.port}\n")
    serve(create_app(), port=arguments.port)


if __name__ == "__main__":
    main()
