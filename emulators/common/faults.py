"""Fault rules as plain data: which request, from which occurrence on, how often, and what happens.

A rule as JSON (every key but `path` is optional):

    {"method": "PATCH", "path": "/composite/sobjects$", "query_contains": "…", "body_contains": "…",
     "skip": 2, "times": 1,
     "delay_seconds": 0.5, "status": 503, "headers": {"Retry-After": "1"}, "body": "…" or any JSON,
     "hang": true, "drop": "before" or "after", "half": true}

`path` is a regular expression searched in the decoded path. `times: null` (the default) means for ever.
`drop: "before"` loses the connection before the work is done, `"after"` when it is done but not answered.
`half` does the work and sends half of the answer's body. `hang` holds the request until the rules are
cleared, at most 600 seconds, and then loses the connection; its work is never done.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from threading import Event, Lock
from typing import Any, Literal

HANG_LIMIT_SECONDS = 600.0

_ANY_METHOD = "*"
_CONDITION_KEYS = frozenset({"method", "path", "query_contains", "body_contains", "skip", "times"})


@dataclass(frozen=True)
class Action:
    """What happens to a request; `status` set means this answer is given instead of the work."""

    delay_seconds: float = 0.0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    hang: bool = False
    drop: Literal["before", "after"] | None = None
    half: bool = False


@dataclass
class Rule:
    """One rule with its counters: `matched` counts requests that fit, `hits` those it was applied to."""

    id: int
    method: str
    path: re.Pattern[str]
    query_contains: str
    body_contains: bytes
    skip: int
    times: int | None
    action: Action
    source: dict[str, Any]
    matched: int = 0
    hits: int = 0

    def fits(self, method: str, path: str, query: str, body: bytes) -> bool:
        """Whether the request is one of this rule's, counters aside."""
        return (
            self.method in (_ANY_METHOD, method)
            and self.path.search(path) is not None
            and self.query_contains in query
            and self.body_contains in body
        )

    def is_spent(self) -> bool:
        """Whether the rule was applied as often as it may be."""
        return self.times is not None and self.hits >= self.times


class FaultRules:
    """The rules in force. The first that fits and is due decides; a request counts for every rule it fits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: list[Rule] = []
        self._next_id = 1
        self._released = Event()

    def add(self, source: dict[str, Any]) -> Rule:
        """Add a rule given as JSON. Raises ValueError when a key or a value is not understood."""
        with self._lock:
            rule = _parse_rule(self._next_id, source)
            self._next_id += 1
            self._rules.append(rule)
            return rule

    def clear(self) -> None:
        """Remove all rules and let go of the requests that hang."""
        with self._lock:
            self._rules.clear()
            self._released.set()
            self._released = Event()

    def listing(self) -> list[dict[str, Any]]:
        """The rules as they were given, with `id`, `matched` and `hits`."""
        with self._lock:
            return [{"id": r.id, "matched": r.matched, "hits": r.hits, **r.source} for r in self._rules]

    @property
    def is_empty(self) -> bool:
        """Whether no rule is in force."""
        return not self._rules

    @property
    def reads_bodies(self) -> bool:
        """Whether a rule looks into request bodies."""
        return any(rule.body_contains for rule in self._rules)

    def decide(self, method: str, path: str, query: str, body: bytes) -> tuple[Action, Event] | None:
        """The action for this request and the event that frees it when it hangs; counts the request."""
        with self._lock:
            due: Rule | None = None
            for rule in self._rules:
                if not rule.fits(method, path, query, body):
                    continue
                rule.matched += 1
                if due is None and rule.matched > rule.skip and not rule.is_spent():
                    due = rule
            if due is None:
                return None
            due.hits += 1
            return due.action, self._released


def _parse_rule(rule_id: int, source: dict[str, Any]) -> Rule:
    unknown = sorted(set(source) - _CONDITION_KEYS - {item.name for item in fields(Action)})
    if unknown:
        raise ValueError(f"unknown keys in a fault rule: {', '.join(unknown)}")
    if "path" not in source:
        raise ValueError("a fault rule needs a path")
    return Rule(
        id=rule_id,
        method=str(source.get("method", _ANY_METHOD)).upper(),
        path=_pattern(source["path"]),
        query_contains=source.get("query_contains", ""),
        body_contains=source.get("body_contains", "").encode(),
        skip=int(source.get("skip", 0)),
        times=None if source.get("times") is None else int(source["times"]),
        action=_parse_action(source),
        source=source,
    )


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as problem:
        raise ValueError(f"path {text!r} is no regular expression: {problem}") from problem


def _parse_action(source: dict[str, Any]) -> Action:
    if source.get("drop") not in (None, "before", "after"):
        raise ValueError(f"drop is 'before' or 'after', not {source['drop']!r}")
    return Action(
        delay_seconds=float(source.get("delay_seconds", 0)),
        status=source.get("status"),
        headers=dict(source.get("headers", {})),
        body=source.get("body"),
        hang=bool(source.get("hang", False)),
        drop=source.get("drop"),
        half=bool(source.get("half", False)),
    )
