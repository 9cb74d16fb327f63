"""A local Salesforce organisation over HTTP: OAuth, REST, composite, SOQL, metadata deploy, limits.

What recorded answers or Salesforce's documentation show is implemented as such; what rests on neither is
marked with `Assumption` where it is implemented.
"""

from emulators.salesforce.app import around, create_app

__all__ = ["around", "create_app"]
