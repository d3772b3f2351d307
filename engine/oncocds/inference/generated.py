"""Python that is generated from the rules' own trees, compiled; what was compiled once can be brought along.

Compiling the generated source is the larger part of an engine's start once the knowledge is read.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

_brought: dict[str, bytes] = {}
_compiled: list[dict[str, bytes]] = []


def run(source: str, title: str, names: dict[str, Any]) -> None:
    """Run generated source in ``names``; ``title`` is what a traceback calls it."""
    key = hashlib.sha256(f"{title}\0{source}".encode()).hexdigest()
    content = _brought.get(key)
    code: CodeType = compile(source, title, "exec") if content is None else marshal.loads(content)
    for collection in _compiled:
        collection[key] = content or marshal.dumps(code)
    exec(code, names)  # our own source, made of our own trees: it holds the rules' names and constants as literals


def compiled_by(build: Callable[[], object]) -> Mapping[str, bytes]:
    """Return what is compiled while something is built, to be brought along by another start of the same Python."""
    _compiled.append({})
    try:
        build()
        return _compiled[-1]
    finally:
        _compiled.pop()


def bring(codes: Mapping[str, bytes]) -> None:
    """Take what ``compiled_by`` returned; it is used where the very same source is to be compiled again."""
    _brought.update(codes)
