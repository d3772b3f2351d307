"""The claims: each a small class, found by itself in the modules beside this one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from oncocds.proofs.claims.claim import Claim


@cache
def all_claims() -> tuple[Claim, ...]:
    """Return one of each claim."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name)
    ]
    return tuple(
        value()
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Claim)
        and value is not Claim
        and value.__module__ == module.__name__
    )
