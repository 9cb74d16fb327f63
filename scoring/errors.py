"""What scoring refuses."""

from collections.abc import Sequence

from core.errors import ConfigError


class ModelError(ConfigError):
    """A model file that cannot be used; `problems` holds every (key path, reason) that was found."""

    def __init__(self, source: str, problems: Sequence[tuple[str, str]]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {path or '(file)'}: {reason}" for path, reason in problems))
