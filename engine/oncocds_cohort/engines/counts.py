"""How many patients of a batch: what any engine can add up, and the counts that are published of the sum."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import pyarrow as pa

from oncocds_cohort.engines.batches import answered
from oncocds_cohort.engines.version import Version
from oncocds_cohort.outputs.counts import table
from oncocds_cohort.outputs.suppression import LEAST, Suppression
from oncocds_cohort.outputs.tally import Tally

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Counts:
    """A record batch of patients in, a record batch of numbers out; can be pickled, made ready once in each process.

    The numbers have a ``name`` each, and are added up by it: ``merge`` does, or the engine's own sum by group. In which
    order and groups does not matter. They are **not to be shown**: small ones are among them. ``table`` says what is
    published of the sum over all batches, and of nothing less.
    """

    version: Version
    schema: ClassVar[pa.Schema] = pa.schema([pa.field("name", pa.string(), False), pa.field("patients", pa.int64())])

    @classmethod
    def of(
        cls,
        *,
        knowledge: Path | str | None = None,
        policy: Path | str | None = None,
        as_of: datetime.date | str | None = None,
        overlay: Path | str | None = None,
    ) -> Self:
        """Take the knowledge of a folder (default: the bundled one), a local policy, a day (default: today).

        ``overlay`` is a site's file of its own drugs, codes and names (default: none).

        Raises ``InputError`` or ``KnowledgeError``.
        """
        return cls(Version.of(knowledge=knowledge, policy=policy, as_of=as_of, overlay=overlay))

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Count the patients of a batch, and those that are refused under ``refused``. Raises as ``answered`` does."""
        found = Tally(self.version.engine.knowledge)
        for read, answers in answered(self.version, batch):
            found.merge({**found.part(answers).counted, REFUSED: len(read.refused)})
        return self._numbers(found.counts)

    def merge(self, parts: Iterable[pa.RecordBatch]) -> pa.RecordBatch:
        """Return the sum of some parts."""
        total: Counter[str] = Counter()
        for one in parts:
            total.update(_by_name(one))
        return self._numbers(total)

    def table(self, total: pa.RecordBatch, suppress_below: int = LEAST) -> pa.Table:
        """Return the rows of ``oncocds cohort counts`` of all batches' sum. Raises ``InputError``."""
        knowledge = self.version.engine.knowledge
        tally = Tally(knowledge)
        tally.merge(_by_name(total))
        return table(tally, knowledge, Suppression.of(suppress_below))

    def _numbers(self, counts: Counter[str]) -> pa.RecordBatch:
        names = sorted(name for name, number in counts.items() if number)
        return pa.record_batch([names, [counts[name] for name in names]], schema=self.schema)


def _by_name(part: pa.RecordBatch) -> dict[str, int]:
    return dict(zip(*part.to_pydict().values(), strict=True))
