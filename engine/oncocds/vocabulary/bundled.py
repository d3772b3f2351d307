"""Where the bundled knowledge lies: the checkout's folders, or the copy shipped inside the wheel."""

from __future__ import annotations

from pathlib import Path


def bundled_knowledge() -> Path:
    """Return the directory that holds ``rules/`` and ``seeds/``; a checkout's own folders win over a shipped copy."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent.parent
    if (checkout / "rules" / "vocabulary").is_dir() and (checkout / "seeds" / "manifest.yaml").is_file():
        return checkout
    return package / "_knowledge"
