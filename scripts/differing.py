"""Print which installed versions are not those of a lock: ``python scripts/differing.py requirements-test.lock``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path

_OURS = {"oncocds", "pip", "setuptools"}  # what is tested, and what an environment brings along


def differing(lock: str, installed: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each package whose version is none that the lock names, and for each that it does not name.

    What only other machines have (or other Pythons) is in the lock, too, so one that is not installed says nothing.
    """
    locked: dict[str, list[str]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", lock):
        locked.setdefault(_normal(name), []).append(version)
    for name, version in sorted((_normal(name), version) for name, version in installed.items()):
        if name not in _OURS and version not in locked.get(name, ()):
            yield f"{name} {version} (the lock: {' or '.join(locked.get(name, ['none']))})"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    found = {one.name: one.version for one in distributions()}
    lines = list(differing(Path(sys.argv[1]).read_text("utf-8"), found))
    print(f"{len(found)} packages, {len(lines)} of them not as in {sys.argv[1]}{':' if lines else ''}")
    for line in lines:
        print(f"  {line}")
