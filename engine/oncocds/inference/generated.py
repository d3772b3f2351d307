"""Python that is generated from the rules' own trees, compiled; it can be kept for another start of the same Python.

Compiling the generated source is the larger part of an engine's start once the knowledge is read.
"""

from __future__ import annotations

import marshal
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Generated:
    """Compiled source; ``code`` is good for one version of Python."""

    code: bytes

    @classmethod
    def of(cls, source: str, title: str) -> Generated:
        """Compile source; ``title`` is what a traceback calls it."""
        return cls(marshal.dumps(compile(source, title, "exec")))

    def run(self, names: dict[str, Any]) -> dict[str, Any]:
        """Run it in ``names`` and return them."""
        exec(marshal.loads(self.code), names)  # our own source, of our own trees: the rules' names and constants only
        return names
