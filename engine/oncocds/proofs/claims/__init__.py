"""The claims: each a small class, found by itself in the modules beside this one."""

from __future__ import annotations

from functools import cache

from oncocds.beside import one_of_each
from oncocds.proofs.claims.claim import Claim


@cache
def all_claims() -> tuple[Claim, ...]:
    """Return one of each claim."""
    return one_of_each(Claim, __name__, __path__)
