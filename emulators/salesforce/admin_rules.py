"""The control routes `rules` and `lock`: what refuses, changes or follows writes.

    rules {"validation": [{"object", "condition", "message", "field"?, "changed"?, "code"?}],
           "duplicate": [{"object", "match": ["Email"], "allow_save"?, "message"?, "name"?, "match_rule"?, "on"?}],
           "automation": [{"object", "set"?, "on"?, "when"?, "delay_seconds"?, "times"?}]}
    lock {"ids": [], "seconds": 20} or {"ids": [], "attempts": 5}, with "status": 500 if you like

Each list that is given replaces the rules of its kind. Conditions are written as in WHERE. A lock holds the
records and everything that points to them; an empty list of ids lets all go.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.ids import long_id
from emulators.salesforce.rule_kinds import Automation, DuplicateRule, Lock, ValidationRule, check_condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.org import Org

_KINDS = ("validation", "duplicate", "automation")


def change_rules(org: Org, body: Mapping[str, Any]) -> dict[str, int]:
    """Replace rules. Raises ValueError or TypeError for one that is not understood; nothing changes then."""
    unknown = sorted(set(body) - set(_KINDS))
    if unknown:
        raise ValueError(f"unknown kinds of rules: {', '.join(unknown)}")
    validations = [ValidationRule(**one) for one in body.get("validation", [])]
    duplicates = [DuplicateRule(**one) for one in body.get("duplicate", [])]
    automations = [Automation(**one) for one in body.get("automation", [])]
    conditions = [(rule.object, rule.condition) for rule in validations]
    conditions += [(rule.object, rule.when) for rule in automations if rule.when is not None]
    for object_name, condition in conditions:
        _check(org, object_name, condition)
    if "validation" in body:
        org.rules.validations = validations
    if "duplicate" in body:
        org.rules.duplicates = duplicates
    if "automation" in body:
        org.rules.automations = automations
    return {kind: len(body.get(kind, [])) for kind in _KINDS}


def lock_rows(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    """Hold records for others' writes."""
    ids = [long_id(text) for text in body["ids"]]
    if not ids:
        org.rules.locks = []
        return {"locked": []}
    until = org.clock.now() + timedelta(seconds=body["seconds"]) if "seconds" in body else None
    org.rules.locks.append(Lock(ids, until, body.get("attempts"), body.get("status", 400)))
    return {"locked": ids}


def _check(org: Org, object_name: str, condition: str) -> None:
    try:
        check_condition(org, object_name, condition)
    except SalesforceError as problem:
        raise ValueError(f"condition {condition!r}: {problem.message}") from problem
