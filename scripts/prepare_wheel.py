"""What is made while a wheel is built: prepared knowledge, and the stand-in for a C function Python 3.13 removed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INFERENCE = Path("engine/oncocds/inference")


class PrepareWheel(BuildHookInterface):
    """Reads and checks all knowledge; a wheel whose knowledge does not load is not built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what ``pyproject.toml`` names as artifacts; an editable install prepares its own knowledge."""
        self._stand_in(version, build_data)
        if version == "standard":
            self._knowledge()

    def _stand_in(self, version: str, build_data: dict[str, Any]) -> None:
        """From Python 3.13 on (see ``callobject.c``); a wheel without it says that it is for Pythons that need none."""
        if sys.version_info < (3, 13):
            build_data["tag"] = "cp311.cp312-none-any"
            return
        made = Path(self.root, INFERENCE, "_callobject.so")
        compile_stand_in(Path(self.root, INFERENCE, "callobject.c"), made)
        build_data.update(pure_python=False, infer_tag=True)
        if version == "standard":
            build_data["force_include"][str(made)] = "oncocds/inference/_callobject.so"

    def _knowledge(self) -> None:
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


def compile_stand_in(source: Path, made: Path) -> None:
    """Compile with the compiler that durable-rules needs too (``CC``, else ``cc``)."""
    subprocess.run(
        [*shlex.split(os.environ.get("CC") or "cc"), "-shared", "-fPIC", "-O2", "-o", str(made), str(source)],
        check=True,
    )
