"""Print constraints for pip: the lowest declared versions of what the project runs on, test tools as locked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

TEST = "test"


def constraints(project: dict[str, object], lock: str) -> set[str]:
    """Return ``name==version``: the bound of each dependency and extra, and the locked version of the test tools."""
    extras: dict[str, list[str]] = project["optional-dependencies"]  # type: ignore[assignment]
    declared: list[str] = [*project["dependencies"]]  # type: ignore[misc]
    declared += [line for name, lines in extras.items() if name != TEST for line in lines]
    lowest = dict(_bounds(declared))
    locked = dict(re.findall(r"(?m)^([\w.-]+)==([\w.]+)", lock))
    tools = {name: locked.get(_normal(name)) for name, _ in _bounds(extras[TEST]) if name not in lowest}
    if missing := sorted(name for name, version in tools.items() if version is None):
        raise SystemExit(f"oncocds: requirements-test.lock: no version of {', '.join(missing)}; run make lock")
    return {f"{name}=={version}" for name, version in {**tools, **lowest}.items()}


def _bounds(declared: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in declared:
        bound = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?[>=]=([\w.]+)", line)
        if bound:
            yield bound[1], bound[2]
        elif not line.startswith("oncocds["):
            raise SystemExit(f"oncocds: pyproject.toml: {line!r}: expected one bound, name>=version or name==version")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    read = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    print(*sorted(constraints(read, Path("requirements-test.lock").read_text("utf-8"))), sep="\n")
