"""What one run of a program is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from retailops.engine.providers.port import OnLine
from retailops.engine.values import MASK


@dataclass(frozen=True)
class Run:
    """What a deployment is told: names, whether it only previews, the secret texts to mask, and where lines go."""

    project: str
    stack: str
    dry_run: bool
    known_secrets: tuple[str, ...] = ()
    on_line: OnLine = field(default=lambda _line: None)

    def hide(self, text: str) -> str:
        """The text without any known secret."""
        for known in self.known_secrets:
            text = text.replace(known, MASK)
        return text
