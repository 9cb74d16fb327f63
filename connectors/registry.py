"""The CRMs that Shortlist knows. Adding one is a folder, a line here, and CONTRIBUTING.md's checklist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from connectors.contract import Connector
from connectors.transport import Timing
from core.config import SecretRef, Section

Reveal = Callable[[SecretRef], str]
"""Gives the secret behind a reference; raises ConfigError."""


@dataclass(frozen=True, slots=True)
class Crm:
    """One CRM: the settings of its connections, and how a connector is built from them."""

    settings: type[Section]
    build: Callable[[Section, Reveal, Timing], Connector]


_MODULES: Mapping[str, str] = {
    "salesforce": "connectors.salesforce",
    "hubspot": "connectors.hubspot",
}


def names() -> tuple[str, ...]:
    """The values that `crm = …` may have in the configuration."""
    return tuple(_MODULES)


def crm(name: str) -> Crm:
    """Look up a CRM; its SDK is imported only now. Raises KeyError for an unknown name."""
    found: Crm = import_module(_MODULES[name]).CRM
    return found


def settings_models() -> dict[str, type[Section]]:
    """The settings model of every CRM, for core.config.parse_config."""
    return {name: crm(name).settings for name in _MODULES}
