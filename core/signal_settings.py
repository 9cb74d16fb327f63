"""Settings of signals: who may post them, and which mapped fields are signals."""

from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    model_validator,
)

from core.secret_refs import Secret
from core.section import Section
from core.signals import SIGNAL_KINDS, number_of


def _signal_kind(value: str) -> str:
    if value not in SIGNAL_KINDS:
        raise ValueError(f"must be one of {', '.join(SIGNAL_KINDS)}")
    return value


SignalKind = Annotated[str, AfterValidator(_signal_kind)]
"""A kind of signal that the model knows."""


class Scale(Section):
    """How a source's own scale becomes a strength of 0 to 100.

    A number lies between `low` (strength 0) and `high` (strength 100); beyond them it is cut. A text that
    `levels` knows, however it is written, has the strength that stands there.
    """

    low: float = Field(default=0.0, allow_inf_nan=False)
    high: float = Field(default=100.0, allow_inf_nan=False)
    levels: dict[str, Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low must be below high")
        return self

    def strength(self, value: object) -> float | None:
        """The strength of a value, None for one that is neither a number nor a known level."""
        text = " ".join(str(value).split()).casefold()
        for level, strength in self.levels.items():
            if level.casefold() == text:
                return strength
        number = number_of(value)
        if number is None:
            return None
        share = (number - self.low) / (self.high - self.low)
        return round(100.0 * min(max(share, 0.0), 1.0), 6)


class SignalField(Section):
    """A field of CRM accounts whose value is a signal (a vendor's score that its own sync writes there).

    field, observed_field: names out of a connection's `fields`; without observed_field the value counts as
    observed when it was first read. source: its name in the model; the section's name unless it is set.
    """

    field: str
    kind: SignalKind
    topic: str = Field(default="", max_length=255)
    source: str | None = Field(default=None, min_length=1, max_length=80)
    scale: Scale = Scale()
    observed_field: str | None = None


class SignalSettings(Section):
    """Signals from outside: the token that POST /signals asks for, and CRM fields that are signals."""

    token: Secret | None = None
    fields: dict[str, SignalField] = Field(default_factory=dict)
