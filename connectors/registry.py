"""The CRMs that Shortlist knows. Adding one is a folder, a line here, and CONTRIBUTING.md's checklist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from connectors.contract import Connector
from connectors.sign_in import SignIn
from connectors.transport import Timing
from core.grants import Vault
from core.hints import HintJournal, HintReader
from core.meters import Meter
from core.secret_refs import SecretRef
from core.secrets import SecretText
from core.section import Section

Reveal = Callable[[SecretRef], SecretText]
"""Gives the secret behind a reference; raises ConfigError."""


class Build(Protocol):
    """Makes a connector; calls no CRM."""

    def __call__(
        self,
        settings: Section,
        reveal: Reveal,
        timing: Timing,
        vault: Vault | None = None,
        meter: Meter | None = None,
    ) -> Connector:
        """`vault` holds the stored sign-in where the settings ask for one. Raises ConfigError.

        `meter` counts the calls of all processes; without one each process counts for itself.
        """


def _no_hints(_settings: Section, _reveal: Reveal, _org_id: str) -> None:
    return None


def _no_journal(_settings: Section, _reveal: Reveal, _org_id: str, _timing: Timing) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Crm:
    """One CRM: the settings of its connections, how a connector is built from them, how a person signs in.

    sign_in gives None where the settings need no person's sign-in, and so nothing stored. hints and journal make
    what reads the hints of an org, by its id: None where the settings, or the CRM, have no such way.
    """

    settings: type[Section]
    build: Build
    sign_in: Callable[[Section, Reveal, Timing], SignIn | None]
    hints: Callable[[Section, Reveal, str], HintReader | None] = _no_hints
    journal: Callable[[Section, Reveal, str, Timing], HintJournal | None] = _no_journal


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
