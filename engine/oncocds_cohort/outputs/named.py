"""Versions by name: what the words for a knowledge and a policy stand for, and the engine that has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oncocds.engine import Engine, load_bundled_or
from oncocds.errors import InputError, Problem
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy

CURRENT = "current"
"""The knowledge and the policy that the command itself has."""


def named_paths(named: str, knowledge: Path | None, policy: Path | None) -> tuple[Path | None, Path | None]:
    """Return the knowledge's folder (None: the bundled one) and the policy's file (None: none) that a name stands for.

    A name is ``current``, a folder of knowledge, a policy's file, or both with a comma between them; what it does not
    name is as given. Raises ``InputError``.
    """
    parts = [] if named == CURRENT else _parts(named)
    folders, files = [one for one in parts if one.is_dir()], [one for one in parts if one.is_file()]
    if len(folders) > 1 or len(files) > 1:
        raise InputError([Problem(named, "it names two of a kind", "one folder of knowledge and one policy at most")])
    return folders[0] if folders else knowledge, files[0] if files else policy


def whole_name(named: str) -> str:
    """Return a name that means the same wherever it is read. Raises ``InputError``."""
    return named if named == CURRENT else ",".join(str(one.absolute()) for one in _parts(named))


def read(knowledge: Path | None, policy: Path | None, overlay: Path | None = None) -> Engine:
    """Return the engine with a knowledge, a policy laid over the one it brings, and a site's own drugs and names.

    Raises ``InputError`` or ``KnowledgeError``.
    """
    known = load_bundled_or(knowledge, overlay)
    layers: list[Any] = [known.policy, *([] if policy is None else [policy])]
    return Engine(known, merge(*(read_policy(one, known.vocabulary) for one in layers)))


def _parts(named: str) -> list[Path]:
    """Return the paths of a name: one, or those beside a comma, which may stand in a path's own name as well."""
    found = next((paths for paths in _divided(named) if all(map(_there, paths))), tuple(named.split(",")))
    for unknown in (one for one in found if not _there(one)):
        reason = "no such file or folder"
        raise InputError([Problem(unknown or named or "''", reason, f"{CURRENT}, a folder of knowledge or a policy")])
    return [*map(Path, found)]


def _divided(named: str) -> Iterator[tuple[str, ...]]:
    yield (named,)
    for at, letter in enumerate(named):
        if letter == ",":
            yield named[:at], named[at + 1 :]


def _there(path: str) -> bool:
    try:
        return bool(path) and (Path(path).is_dir() or Path(path).is_file())
    except OSError:  # no file can be called so
        return False
