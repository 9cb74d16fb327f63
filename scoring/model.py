"""Loading a model file: TOML in, a checked Model with its integer tables out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.toml import TomlError, read_toml
from scoring.checks import Problem, problems
from scoring.compiled import Tables, compile_spec
from scoring.errors import ModelError
from scoring.spec import ModelSpec
from scoring.toml_lines import key_lines, key_path

DEFAULT_MODEL = Path(__file__).with_name("default_model.toml")
_HASH_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Model:
    """A model that passed every check. `version` names its content: "2026.1-ab12cd"."""

    spec: ModelSpec
    tables: Tables
    version: str
    source: str

    @property
    def signal_days(self) -> int:
        """How long a signal may count: no source lets one live longer."""
        sources = (self.spec.intent.default, *self.spec.intent.sources.values())
        return max(source.ttl_days for source in sources)


def load_model(path: Path) -> Model:
    """Read and check a model file; ModelError names every problem with its key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(str(path), [("", f"cannot be read: {error}")]) from error
    return parse_model(text, str(path))


def parse_model(text: str, source: str) -> Model:
    """Check the text of a model file; `source` is the name that errors carry."""
    try:
        data = read_toml(text)
    except TomlError as error:
        lines = {"": error.line} if error.line else {}
        raise ModelError(source, [("", f"is not valid TOML: {error}")], lines) from error
    return build_model(data, source, text)


def build_model(data: Mapping[str, Any], source: str, text: str = "") -> Model:
    """Check a model given as nested mappings, the form that TOML decodes to; `text` gives errors lines."""
    try:
        spec = ModelSpec.model_validate(data)
    except ValidationError as error:
        raise ModelError(source, _shape_problems(error), key_lines(text)) from error
    if found := problems(spec):
        raise ModelError(source, found, key_lines(text))
    return Model(spec, compile_spec(spec), f"{spec.version}-{_content_hash(spec)}", source)


def _content_hash(spec: ModelSpec) -> str:
    """Of the meaning, not the text: comments and the order of keys do not make another version.

    Keys at their defaults are left out, so that a key which Shortlist learns later does not rename old models.
    """
    content = json.dumps(
        spec.model_dump(mode="json", exclude={"version"}, exclude_defaults=True), sort_keys=True
    )
    return hashlib.sha256(content.encode()).hexdigest()[:_HASH_LENGTH]


def _shape_problems(error: ValidationError) -> list[Problem]:
    return [(key_path(item["loc"]), item["msg"]) for item in error.errors(include_url=False)]
