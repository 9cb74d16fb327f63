"""Deal pipelines and their stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import not_found
from emulators.hubspot.http import Reply, Request, ok
from emulators.hubspot.object_types import find_type

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

# The pipeline every new portal has: id, label, probability of each stage.
_DEFAULT_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
_CLOSED = ("0.0", "1.0")


class Pipelines:
    """Pipelines by object and id."""

    def __init__(self, now: str) -> None:
        stages = [
            {"id": stage_id, "label": label, "metadata": {"probability": probability}}
            for stage_id, label, probability in _DEFAULT_STAGES
        ]
        self.by_object: dict[str, dict[str, dict[str, Any]]] = {"deals": {}}
        self.load({"deals": [{"id": "default", "label": "Sales Pipeline", "stages": stages}]}, now)

    def load(self, pipelines: dict[str, list[dict[str, Any]]], now: str) -> None:
        """Take pipelines; each needs `id` and `label`, and stages with `id`, `label`, `metadata`."""
        for name, items in pipelines.items():
            for order, item in enumerate(items):
                stages = [_stage(stage, position, now) for position, stage in enumerate(item["stages"])]
                self.by_object.setdefault(name, {})[item["id"]] = {
                    **_defaults(item, order, now),
                    "stages": stages,
                }

    def stage(self, pipeline_id: str, stage_id: str) -> dict[str, Any] | None:
        """A stage of a deal pipeline, if there is one."""
        pipeline = self.by_object["deals"].get(pipeline_id, {})
        return next((stage for stage in pipeline.get("stages", []) if stage["id"] == stage_id), None)

    def pipeline_of(self, stage_id: str) -> str | None:
        """The deal pipeline that has this stage."""
        deals = self.by_object["deals"]
        return next((name for name in deals if self.stage(name, stage_id) is not None), None)


def derived_deal_values(pipelines: Pipelines, values: dict[str, str]) -> dict[str, str]:
    """What HubSpot computes for a deal from its pipeline and stage."""
    stage = pipelines.stage(values.get("pipeline", ""), values.get("dealstage", ""))
    if stage is None:
        return {}
    probability = stage["metadata"].get("probability", "0.0")
    closed = stage["metadata"].get("isClosed") == "true"
    won = closed and float(probability) == 1
    return {
        "hs_is_closed": str(closed).lower(),
        "hs_is_closed_won": str(won).lower(),
        "hs_is_closed_lost": str(closed and not won).lower(),
        "hs_deal_stage_probability": probability,
    }


def list_pipelines(portal: Portal, _request: Request, type_name: str) -> Reply:
    """GET /crm/v3/pipelines/{object}: all of them."""
    return ok({"results": list(_pipelines(portal, type_name).values())})


def get_pipeline(portal: Portal, _request: Request, type_name: str, pipeline_id: str) -> Reply:
    """GET /crm/v3/pipelines/{object}/{id}."""
    return ok(_pipeline(portal, type_name, pipeline_id))


def list_stages(portal: Portal, _request: Request, type_name: str, pipeline_id: str) -> Reply:
    """GET /crm/v3/pipelines/{object}/{id}/stages."""
    return ok({"results": _pipeline(portal, type_name, pipeline_id)["stages"]})


def _pipelines(portal: Portal, type_name: str) -> dict[str, dict[str, Any]]:
    return portal.pipelines.by_object.get(find_type(type_name).name, {})


def _pipeline(portal: Portal, type_name: str, pipeline_id: str) -> dict[str, Any]:
    found = _pipelines(portal, type_name).get(pipeline_id)
    if found is None:
        raise not_found()
    return found


def _defaults(item: dict[str, Any], order: int, now: str) -> dict[str, Any]:
    times = {"createdAt": now, "updatedAt": now}
    return {"displayOrder": order, **times, "archived": False, **item}


def _stage(stage: dict[str, Any], order: int, now: str) -> dict[str, Any]:
    metadata = dict(stage.get("metadata", {}))
    metadata.setdefault("isClosed", str(metadata.get("probability") in _CLOSED).lower())
    permission = {"writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"}
    return {**_defaults(stage, order, now), "metadata": metadata, **permission}
