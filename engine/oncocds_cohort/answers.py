"""What the rules say of a batch of patients: a column per rule, an entry per patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy
import numpy.typing
import pyarrow as pa

Flags = numpy.typing.NDArray[numpy.bool_]


@dataclass(frozen=True, slots=True)
class Answers:
    """The verdicts of a batch, by rule; every column is as long as ``ids`` and in its order.

    A rule that neither ``fires`` nor is ``silent`` is undetermined. ``active`` are those that fire and that nothing of
    higher precedence makes step back. ``missing`` says which fact a rule lacks while it is undetermined, by the names
    that the engine's questions have without their items (``medications[].drug``); a fact that no patient of the batch
    lacks may be left out. Evidence notes have no verdict and no column. Answers that are not ``whole`` are verdicts
    alone: nothing is said of what is active or missing.
    """

    ids: pa.Array
    fires: Mapping[str, Flags]
    silent: Mapping[str, Flags]
    active: Mapping[str, Flags]
    missing: Mapping[tuple[str, str], Flags]
    whole: bool = True

    def undetermined(self, rule: str) -> Flags:
        """Return for which patients a rule is undetermined."""
        return ~(self.fires[rule] | self.silent[rule])

    def __len__(self) -> int:
        return len(self.ids)
