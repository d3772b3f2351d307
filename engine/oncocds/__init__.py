"""oncocds: rule-based oncology decision support whose every word of advice is tied to a passage of its sources.

from oncocds import Engine

engine = Engine.load()
evaluation = engine.evaluate({"diagnosis": {"tumour_type": "breast"}})
evaluation.model_dump(mode="json")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.13.0"
__all__ = ["Engine", "Evaluation", "Policy", "Profile", "__version__"]

if TYPE_CHECKING:
    from oncocds.advice.result import Evaluation
    from oncocds.engine import Engine
    from oncocds.profile.bundled import Policy, Profile

_HOMES = {
    "Engine": "oncocds.engine",
    "Evaluation": "oncocds.advice.result",
    "Policy": "oncocds.profile.bundled",
    "Profile": "oncocds.profile.bundled",
}


def __getattr__(name: str) -> Any:
    # Imported on first use: `import oncocds` alone stays cheap for a host application.
    if name in _HOMES:
        import importlib

        from oncocds.uncollected import uncollected

        with uncollected():
            return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'oncocds' has no attribute {name!r}")
