"""Print the lowest declared version of everything the project depends on, as pip's constraints."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def lowest(project: dict[str, object]) -> set[str]:
    """Return ``name==version`` for each ``name>=version`` and ``name==version`` of the dependencies and extras."""
    extras: dict[str, list[str]] = project["optional-dependencies"]  # type: ignore[assignment]
    declared: list[str] = [*project["dependencies"], *(line for lines in extras.values() for line in lines)]  # type: ignore[misc]
    found: set[str] = set()
    for line in declared:
        bound = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?[>=]=([\w.]+)", line)
        if bound:
            found.add(f"{bound[1]}=={bound[2]}")
        elif not line.startswith("oncocds["):
            raise SystemExit(f"oncocds: pyproject.toml: {line!r}: expected one bound, name>=version or name==version")
    return found


if __name__ == "__main__":
    print(*sorted(lowest(tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"])), sep="\n")
