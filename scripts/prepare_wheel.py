"""Prepares the bundled knowledge while a wheel is built, so that who installs it starts in a blink."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PrepareWheel(BuildHookInterface):
    """Reads and checks all knowledge; a wheel whose knowledge does not load is not built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Make the parts that ``pyproject.toml`` names as artifacts; an editable install makes its own."""
        if version != "standard":
            return
        sys.path.insert(0, str(Path(self.root, "engine")))
        try:
            from oncocds.knowledge.loader import load_knowledge
            from oncocds.vocabulary.bundled import bundled_knowledge
            from oncocds.vocabulary.code_loader import bundled_codes
            from oncocds.vocabulary.loader import bundled_vocabulary
            from oncocds.vocabulary.prepared import prepared

            home = bundled_knowledge()
            prepared("knowledge", lambda: load_knowledge(home / "rules", home / "seeds"))
            bundled_vocabulary()
            bundled_codes()
        finally:
            sys.path.pop(0)
