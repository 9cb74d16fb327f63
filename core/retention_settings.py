"""[retention]: for how many days each kind of row is kept (docs/privacy.md)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Days = Annotated[int, Field(ge=1, le=36500)]


class RetentionSettings(BaseModel):
    """Days, counted back from the purge.

    run_details: the fields that a run wrote, with the values before; as long can a run be rolled back.
    list_history: who joined and left target lists, and why. deleted_people: what a contact was called that its CRM
    has deleted, from its last change on. activities and signals never go while a score needs them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    hints_days: Days = 7
    run_details_days: Days = 90
    runs_days: Days = 730
    list_history_days: Days = 730
    quarantine_days: Days = 180
    deleted_people_days: Days = 30
    activities_days: Days = 1095
    signals_days: Days = 730
    scores_days: Days = 1095
