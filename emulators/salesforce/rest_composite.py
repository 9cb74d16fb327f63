"""Several requests in one: /composite with references between them, /composite/batch, /composite/graph."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from emulators.salesforce.call import Call, Reply, Route, Router
from emulators.salesforce.composite_parts import (
    Part,
    checked_list,
    read_batch,
    read_parts,
    run_part,
    run_parts,
)
from emulators.salesforce.errors import SalesforceError, json_parser_error

MAX_PARTS = 25
MAX_QUERIES = 5
MAX_GRAPHS = 75
MAX_NODES = 500
MAX_GRAPH_FAILURES = 14
_QUERY = re.compile(r"/query(All)?/?")
# What a node of a graph may ask for: a record, by id or by an external id, or a new one.
_NODE = re.compile(r"/sobjects/[^/]+(/[^/]+){0,2}/?")


def routes(find_router: Callable[[], Router]) -> list[Route]:
    """The routes, around the router that also answers their parts."""
    return [
        ("POST", "/composite", lambda call: composite(find_router(), call)),
        ("POST", "/composite/batch", lambda call: batch(find_router(), call)),
        ("POST", "/composite/graph", lambda call: graphs(find_router(), call)),
    ]


def composite(router: Router, call: Call) -> Reply:
    """POST /composite: 200 whatever becomes of the parts."""
    body = call.values()
    parts = read_parts(body, MAX_PARTS)
    if sum(part.is_collection or bool(_QUERY.fullmatch(part.path)) for part in parts) > MAX_QUERIES:
        # Assumption: the limit is documented, code and text are not recorded.
        message = f"a composite request holds at most {MAX_QUERIES} queries and collections"
        raise SalesforceError("LIMIT_EXCEEDED", message)
    results, _ = run_parts(router, call, parts, all_or_none=bool(body.get("allOrNone", False)))
    return Reply({"compositeResponse": results})


def batch(router: Router, call: Call) -> Reply:
    """POST /composite/batch: parts that know nothing of each other; `haltOnError` skips those after a failure."""
    body = call.values()
    halt = bool(body.get("haltOnError", False))
    results: list[dict[str, Any]] = []
    has_errors = False
    for part in read_batch(body, MAX_PARTS):
        reply = _halted() if halt and has_errors else run_part(router, call, part)
        has_errors = has_errors or reply.status >= HTTPStatus.BAD_REQUEST
        results.append({"statusCode": int(reply.status), "result": reply.body})
    return Reply({"hasErrors": has_errors, "results": results})


def _halted() -> Reply:
    # Assumption: status and code are documented, the text is not recorded.
    message = "A previous request in the batch was unsuccessful and haltOnError was set."
    problem = SalesforceError("BATCH_PROCESSING_HALTED", message, status=HTTPStatus.PRECONDITION_FAILED)
    return Reply(problem.body(), problem.status)


def graphs(router: Router, call: Call) -> Reply:
    """POST /composite/graph: each graph is done wholly or not at all, independently of the others."""
    given = [_graph(item) for item in checked_list(call.values(), "graphs", MAX_GRAPHS)]
    nodes = sum(len(parts) for _, parts in given)
    if nodes > MAX_NODES:
        # Assumption: the limit is documented, code and text are not recorded.
        raise SalesforceError("LIMIT_EXCEEDED", f"graphs hold {nodes} nodes, more than {MAX_NODES}")
    answers: list[dict[str, Any]] = []
    failures = 0
    for name, parts in given:
        if failures > MAX_GRAPH_FAILURES:
            results, kept = [_halted_node(part) for part in parts], False
        else:
            results, kept = run_parts(router, call, parts, all_or_none=True)
        failures += not kept
        graph_response = {"compositeResponse": results}
        answers.append({"graphId": name, "graphResponse": graph_response, "isSuccessful": kept})
    return Reply({"graphs": answers})


def _graph(item: Any) -> tuple[str, list[Part]]:
    if not isinstance(item, dict) or not isinstance(item.get("graphId"), str):
        raise json_parser_error("An entry of graphs needs a graphId and a compositeRequest")
    parts = read_parts(item, MAX_NODES)
    for part in parts:
        if not _NODE.fullmatch(part.path):
            # Assumption: documented which URLs are supported, not what others are answered.
            raise json_parser_error(f"{part.url} is not supported in a graph: only records are")
    return item["graphId"], parts


def _halted_node(part: Part) -> dict[str, Any]:
    message = "Processing was halted because too many graphs of the request failed."
    problem = SalesforceError("PROCESSING_HALTED", message)
    return {
        "body": problem.body(),
        "httpHeaders": {},
        "httpStatusCode": problem.status,
        "referenceId": part.name,
    }
