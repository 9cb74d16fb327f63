"""Logs of the service: one JSON object a line on stderr, with run, job and connection; no secrets, no people.

Everything passes here, other packages' words too: what looks like a secret or an e-mail address is taken out, and
line ends and terminal codes are, so that nobody can write lines of their own into the log.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 ***"),
    (
        re.compile(
            r"(?i)\b((?:access|refresh|id|api|auth)?_?(?:token|key|secret)|client_secret|password|passwd|assertion"
            r"|authorization|code_verifier)([\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[^\s\"'&,;}]+"
        ),
        r"\1\2***",
    ),
    (re.compile(r"\b(?:pat-(?:na|eu)\d-[\w-]+|00D\w{12,15}![\w.]+|gAAAA[\w=-]{20,})"), "***"),
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), r"\1:***@"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), "***"),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "***@***"),
)
_LINES = re.compile(r"[\r\n\u0085\u2028\u2029]+\s*")
_CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?|[\x00-\x1f\x7f-\x9f]")
_LOUD = ("procrastinate", "apscheduler", "uvicorn.error", "urllib3", "werkzeug", "alembic")
_MOST = 4_000


def redacted(text: str) -> str:
    """A text without secrets, addresses, line ends and terminal codes."""
    plain = _CODES.sub("", _LINES.sub(" | ", text))
    for pattern, instead in _SECRETS:
        plain = pattern.sub(instead, plain)
    if len(plain) > _MOST:  # the end of a trace says what went wrong
        return f"{plain[: _MOST // 4]} … {plain[-3 * _MOST // 4 :]}"
    return plain


def _redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {redacted(key): _clean(value) for key, value in event.items() if value is not None}


def _clean(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, dict):
        return {redacted(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    return redacted(str(value))


def _line(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(dict(event), default=str).decode()


_SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.ExtraAdder(),
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
)


def start_logging(stream: TextIO | None = None, *, level: int = logging.INFO) -> logging.Handler:
    """Send what this process says to `stream` (stderr) as JSON lines; gives the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    last: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _redact,
        _line,
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler
