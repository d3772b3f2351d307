"""What is asked of a file of patients: the outputs that many machines can make, by what one machine makes them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_date
from oncocds.text import Language
from oncocds_cohort.engines.version import Version
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.compare import compare, comparing
from oncocds_cohort.outputs.counts import counting, counts
from oncocds_cohort.outputs.gaps import gaps, listed_rules, listing
from oncocds_cohort.outputs.named import CURRENT, named_paths
from oncocds_cohort.outputs.parts import Collector
from oncocds_cohort.outputs.report import Counting, report
from oncocds_cohort.outputs.running import Ran
from oncocds_cohort.outputs.suppression import LEAST, Suppression
from oncocds_cohort.outputs.tables import check_format
from oncocds_cohort.outputs.verdicts import columns, placed, verdicts

What = Literal["verdicts", "counts", "gaps", "compare", "report"]
WHATS: tuple[What, ...] = get_args(What)
FORMATS = {
    "verdicts": (".parquet", ".csv"),
    "counts": (".csv", ".json"),
    "gaps": (".parquet", ".csv"),
    "compare": (".csv", ".parquet"),
    "report": (".html",),
}
"""How the names of the outputs end; the first is what a job writes where nobody says."""
_OPTIONS = {
    "sections": ("verdicts",),
    "decide": ("verdicts", "counts", "report"),
    "names": ("gaps",),
    "overdue": ("gaps",),
    "old": ("compare",),
    "new": ("compare", "report"),
    "patients": ("compare",),
    "suppress_below": ("counts", "compare", "report"),
    "lang": ("report",),
}


@dataclass(frozen=True, slots=True)
class Output:
    """An output by the name of the command that writes it on one machine, with the options of that; can be pickled.

    ``old`` and ``new`` are versions by name, as there: ``new`` of a report may be left out, of a comparison not.
    """

    what: What = "verdicts"
    names: tuple[str, ...] = ()
    overdue: bool = False
    sections: bool = False
    old: str = CURRENT
    new: str | None = None
    patients: bool = False
    suppress_below: int = LEAST
    lang: Language = "zh"
    decide: bool = False

    def check(self, out: Path) -> None:
        """Raise ``InputError`` for what the command would refuse, before any work is given out."""
        if self.what not in WHATS:
            raise InputError([Problem(self.what, "many machines do not make that", ", ".join(WHATS))])
        for field in fields(self):
            of = _OPTIONS.get(field.name, WHATS)
            if getattr(self, field.name) != field.default and self.what not in of:
                option = f"--{field.name.replace('_', '-')}"
                raise InputError(
                    [Problem(option, f"{self.what} have no such option", f"to leave it out, or {' or '.join(of)}")]
                )
        check_format(out, FORMATS[self.what])
        Suppression.of(self.suppress_below)
        if self.what == "gaps" and not self.names:
            raise InputError([Problem("--names", "missing", "rules or actions whose gaps are to be listed")])
        if self.what == "compare" and self.new is None:
            raise InputError([Problem("--new", "missing", "the version to be compared with the old one")])

    def check_rules(self, engine: Engine) -> None:
        """Raise ``InputError`` where an engine has not what the output is of."""
        if self.what == "gaps":
            listed_rules(self.names, engine, overdue=self.overdue)

    def versions(
        self,
        knowledge: Path | None,
        policy: Path | None,
        as_of: datetime.date | str | None,
        overlay: Path | None = None,
    ) -> tuple[Version, ...]:
        """Return by what patients are answered: a version, or an old and a new one.

        Raises ``InputError`` or ``KnowledgeError``.
        """
        named, day = [self.old, *([] if self.new is None else [self.new])], read_date(as_of)
        paths = [named_paths(one, knowledge, policy) for one in named]
        return tuple(Version.of(knowledge=folder, policy=file, as_of=day, overlay=overlay) for folder, file in paths)

    @property
    def kept(self) -> str:
        """Tell what the answers are kept as: of outputs for which that is the same, parts may be used again."""
        return f"{self.what} {' '.join(self.names)} {self.overdue} {self.sections} {self.patients} {self.decide}"

    def collector(self, asked: Asked) -> Collector:
        """Return what brings together the answers for some patients."""
        if self.what == "counts":
            return counting(asked)
        if self.what == "report":
            return Counting(asked)
        if self.what == "gaps":
            rules = listed_rules(self.names, asked.engines[0], overdue=self.overdue)
            return listing(rules, self.overdue, asked)
        if self.what == "compare":
            return comparing(self.patients, asked)
        return placed(asked) if self.sections or self.decide else columns(asked)

    def write(self, asked: Asked, out: Path) -> Ran:
        """Write it, as the command does. Raises ``InputError`` or ``EngineFault``."""
        if self.what == "counts":
            return counts(asked, out, Suppression.of(self.suppress_below))
        if self.what == "report":
            return report(asked, out, Suppression.of(self.suppress_below), self.lang)
        if self.what == "gaps":
            return gaps(asked, self.names, out, overdue=self.overdue)
        if self.what == "compare":
            return compare(asked, out, Suppression.of(self.suppress_below), patients=self.patients)
        return verdicts(asked, out, sections=self.sections)


VERDICTS = Output()
