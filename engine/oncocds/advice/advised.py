"""What is concluded and advised, before anything is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncocds.advice.first import Monitored
from oncocds.advice.result import AdviceItem
from oncocds.knowledge.models import Verdict


@dataclass(frozen=True, slots=True)
class Advised:
    """The verdicts, the items of advice, of every undetermined rule the facts that it lacks, and what is due."""

    verdicts: Mapping[str, Verdict]
    advice: Sequence[AdviceItem]
    missing: Mapping[str, Sequence[str]]
    monitoring: Sequence[Monitored]
