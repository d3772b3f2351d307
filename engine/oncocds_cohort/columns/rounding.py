"""Numbers rounded as Python rounds them, a column at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_NEAR_A_TIE = 1e-5
_LARGEST = 1e9  # beyond it a column's arithmetic may miss a tie


def rounded(values: npt.NDArray[Any], digits: int) -> npt.NDArray[Any]:
    """Return what ``round`` makes of each number; near a tie, and for large numbers, Python itself is asked."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = values * 10.0**digits
        found = np.rint(scaled)
        asked = np.abs(scaled - found) > 0.5 - _NEAR_A_TIE
        asked |= np.abs(scaled, out=scaled) > _LARGEST
        found /= 10.0**digits
    if asked.any():
        different, places = np.unique(values[asked], return_inverse=True)  # of results there are few
        found[asked] = np.array([round(value, digits) for value in different.tolist()])[places]
    return found
