"""The section [matching] of the configuration: what an admin knows of domains."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from core.domains import DomainRules, bare_domain


def _registrable(value: str) -> str:
    domain = bare_domain(value)
    if domain is None:
        raise ValueError(f"{value!r} is no domain; write one such as acme.com")
    return domain


Domain = Annotated[str, AfterValidator(_registrable)]
"""A registrable domain; https://www.Acme.com/ is read as acme.com."""


class MatchSettings(BaseModel):
    """Domains beyond the built-in lists.

    aliases: further domains of one company, by the domain that it is known by. shared_domains: domains that
    many companies use (franchises, marketplaces, hosting). own_domains: domains of single companies although
    a built-in list says otherwise. crowd: a domain under more company names than this in one CRM counts as shared.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    aliases: dict[Domain, tuple[Domain, ...]] = Field(default_factory=dict)
    shared_domains: tuple[Domain, ...] = ()
    own_domains: tuple[Domain, ...] = ()
    crowd: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _aliases_lead_to_one_place(self) -> Self:
        seen: dict[str, str] = {}
        for known_by, others in self.aliases.items():
            for other in others:
                if seen.setdefault(other, known_by) != known_by:
                    raise ValueError(
                        f"aliases: {other} stands under {seen[other]} and under {known_by}; keep one"
                    )
                if other in self.aliases:
                    raise ValueError(
                        f"aliases: {other} has aliases of its own; list them all under one domain"
                    )
        return self

    @model_validator(mode="after")
    def _no_domain_is_both(self) -> Self:
        if both := sorted(set(self.shared_domains) & set(self.own_domains)):
            raise ValueError(f"{both[0]} stands in shared_domains and in own_domains; keep one")
        return self

    @property
    def domains(self) -> DomainRules:
        """The rules by which websites and addresses are read."""
        aliases = {other: known_by for known_by, others in self.aliases.items() for other in others}
        return DomainRules(aliases, frozenset(self.shared_domains), frozenset(self.own_domains))
