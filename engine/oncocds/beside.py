"""Small classes that find themselves: whoever writes one in a module of its package has registered it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from typing import TypeVar

_Base = TypeVar("_Base")


def one_of_each(base: type[_Base], package: str, path: Iterable[str]) -> tuple[_Base, ...]:
    """Return one of each subclass that the modules of a package define; ``path`` is the package's ``__path__``."""
    names = sorted(found.name for found in pkgutil.iter_modules(path))
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    return tuple(
        value()
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, base)
        and value is not base
        and value.__module__ == module.__name__
    )
