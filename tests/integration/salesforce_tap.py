"""tap-salesforce with its log-in host mapped to a running emulator: arguments are its address and the tap's own.

Run by the interpreter that has the tap, with bench/peers on its path.
"""

import sys

from loopback import map_hosts  # type: ignore[import-not-found]

url = sys.argv.pop(1)
map_hosts(url, "login.salesforce.com")

import tap_salesforce  # type: ignore[import-not-found]  # noqa: E402 only now, when its host is mapped

tap_salesforce.main()
