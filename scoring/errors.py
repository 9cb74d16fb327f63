"""What scoring refuses."""

from collections.abc import Mapping, Sequence

from core.errors import ConfigError
from scoring.toml_lines import line_of


class ModelError(ConfigError):
    """A model file that cannot be used; `problems` holds every (key path, reason) that was found.

    Where `lines` knows the line of a key, or of what is around it, the message begins `model.toml:42: `.
    """

    def __init__(
        self, source: str, problems: Sequence[tuple[str, str]], lines: Mapping[str, int] | None = None
    ) -> None:
        self.source = source
        self.problems = tuple(problems)
        places = [line_of(path, lines or {}) for path, _ in problems]
        super().__init__(
            "\n".join(
                f"{source}{f':{line}' if line else ''}: {path or '(file)'}: {reason}"
                for line, (path, reason) in zip(places, problems, strict=True)
            )
        )
