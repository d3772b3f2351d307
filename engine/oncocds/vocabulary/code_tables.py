"""What codes of other systems mean in this vocabulary: LOINC, SNOMED CT, RxNorm, ATC, ICD-10, NCIT, local names.

Data in ``rules/vocabulary/codes``, read only where records of other systems are mapped; the engine itself needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from oncocds.reading.marks import Mark
from oncocds.text import Text
from oncocds.vocabulary.meanings import fold

_ATC = re.compile(r"[ABCDGHJLMNPRSV][0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?")
Severity = Literal["warning", "info", "contradiction", "hint"]
IN_WORDS = (
    "ended",
    "instead",
    "of_name",
    "at_end",
    "not_yet",
    "again",
    "not",
    "unless",
    "counted",
    "reason",
    "other",
    "as_needed",
    "alone",
    "beside_alone",
    *("spoken", "told", "wary", "risk", "rebound", "lacking", "grounds"),
    *("weighing", "cases", "must", "before_it", "since", "made", "goes_on", "no_reason"),
    *("imperative", "due", "come_with", "missed", "none", "measured", "level", "until", "last", "earlier", "meant"),
    *("before_event", "used"),
    *("dropped", "undone", "put_off", "put_off_at_end", "done_after_all"),
    *("other_procedures", "beside_radiotherapy", "beside_surgery", "between_procedures"),
)
PHRASES = (
    "abbreviations",
    *("organs", "cancers", "metastases", "spread", "sides", "beside", "of", "marks", "where", "fractures", "lists"),
    *("doubt", "doubt_behind", "denial", "denial_behind", "past", "past_behind", "statuses", "unsure", "results"),
    *("against", "diseases"),
)
AGAINST = (
    *("any", "certain", "benign", "elsewhere", "kin", "well", "others", "beside"),
    *("in_situ", "not_all", "invasive", "not_invasive", "lesser", "malignant", "precancers", "corrected"),
    *("purposes", "purposes_before", "beside_purposes", "kin_alone", "about_it", "mass"),
    *("others_in_doubt", "of_others", "pending", "no_metastasis", "raises_none"),
    *("never_had", "kin_has", "in_kin", "primary", "settled", "nodes", "beside_denied"),
    *("supposed", "seeming", "other_malignant", "named", "strangers", "gone"),
    *("scales", "past_before", "past_behind", "mbc", "tested", "metastases_short", "radiotherapy_short"),
)
"""Kinds of words that speak against a diagnosis, or that stand beside those."""
STATUSES = ("confirmed", "unconfirmed", "refuted", "entered-in-error", "active", "inactive", "remission", "resolved")
"""What words of a diagnosis' status may mean, in FHIR's own words."""
MESSAGES = ("unmapped", "plausibility", "assumptions")
TABLES = (
    "drugs",
    "tumours",
    "histologies",
    "metastases",
    "sites",
    "findings",
    "observations",
    "answers",
    "procedures",
    "absences",
)
_ICD = ("icd10", "icd10cm")
_DOTLESS = re.compile(r"([A-Z][0-9][0-9A-Z])([0-9A-Z].*)")


CALLED = "called"


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One line of a table: what it means, and in which published files its codes were seen (``sources.yaml``).

    ``means`` holds names of the vocabulary by what they are: ``{"drug": ("trastuzumab",)}``; under ``CALLED`` what a
    drug of a site's own is called, whichever of its codes and names a record has.
    """

    means: Mapping[str, tuple[str, ...]]
    seen: tuple[str, ...]
    mark: Mark | None = field(default=None, compare=False, repr=False)

    def one(self, key: str) -> str | None:
        """Return the single word under a key, or None."""
        words = self.means.get(key)
        return words[0] if words else None


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Entries by exact code, by prefix (the longest wins) and by folded name."""

    codes: Mapping[tuple[str, str], CodeEntry]
    prefixes: Mapping[str, tuple[tuple[str, CodeEntry], ...]]
    names: Mapping[str, CodeEntry]

    def by_code(self, system: str, code: str) -> CodeEntry | None:
        """Return what a code of a system (by its short name) means, however it is written."""
        for written in _spellings(system, code):
            found = self.codes.get((system, written))
            if found is not None:
                return found
            for prefix, entry in self.prefixes.get(system, ()):
                if written.startswith(prefix):
                    return entry
        return None

    def by_name(self, name: str) -> CodeEntry | None:
        """Return what a name means; width and case do not count."""
        return self.names.get(fold(name))

    def entries(self) -> Iterator[CodeEntry]:
        """Yield every entry, as often as it has codes and names."""
        yield from self.codes.values()
        for found in self.prefixes.values():
            yield from (entry for _, entry in found)
        yield from self.names.values()


def _spellings(system: str, code: str) -> Iterator[str]:
    """Yield the ways in which the tables may have a code: as it is, in the tables' own writing, and what it extends.

    ICD codes stand in records with and without their dot, in small letters, with dagger and asterisk; China's national
    editions extend WHO's four characters by two digits and a part behind ``x``: ``C22.000x002`` is a C22.0.
    """
    yield code
    if system in _ICD:
        plain = code.strip().upper().rstrip("+*†")
        dotless = _DOTLESS.fullmatch(plain)
        plain = plain if dotless is None else f"{dotless[1]}.{dotless[2]}"
        yield plain
        if system == "icd10" and len(plain) > 5:
            yield plain[:5]
    elif system == "icdo3":
        yield code.strip().upper().removeprefix("M").removeprefix("-")
    elif system in ("loinc", "snomed", "atc", "ncit"):
        yield code.strip().upper()


@dataclass(frozen=True, slots=True)
class ClassCodes:
    """What ATC codes say of one class of drugs (``*`` ends a group).

    All substances of ``has`` belong to it, of ``may`` some; no other does where the table is ``complete``.
    """

    has: tuple[str, ...]
    may: tuple[str, ...]
    complete: bool

    def says(self, code: str) -> bool | None:
        """Return whether a substance with this code belongs to the class, None where the code does not tell."""
        if any(_within(code, one) for one in self.has):
            return True
        open_ = not self.complete or any(_within(code, one) or _around(code, one) for one in (*self.has, *self.may))
        return None if open_ else False


def _within(code: str, pattern: str) -> bool:
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def _around(code: str, pattern: str) -> bool:
    """Return whether a code is a group that holds what a pattern names."""
    return pattern.removesuffix("*").startswith(code)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days between records of one therapy: up to ``usual`` it went on, beyond ``longest`` it was interrupted."""

    usual: int
    longest: int
    source: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a mapping's report says, and how much it matters."""

    severity: Severity
    text: Text


@dataclass(frozen=True)
class CodeTables:
    """All tables. ``systems`` gives a code system's short name by each of its URIs; ``digest`` names what they say.

    ``answers`` are told apart by what they answer for — a value set, a fact that holds a number, or ``truth``: their
    systems and names are written ``PLACE|word``.
    ``spellings`` give the UCUM unit for each way of writing it; ``units`` the factors to the unit of a fact that is no
    laboratory result. ``classes`` are the classes of drugs as their ATC codes have them, ``gaps`` what tells one
    therapy from two, by drug, ``combinations`` the drugs that one product is read as, ``one_product`` the name that
    stands for each of several names of a product. ``phrases`` are the parts that diagnoses are written with, by kind
    and by the tumour that each fits (or ``any``), and beside them, by the test, what ``results`` are measured by;
    ``in_words`` folded words that say of a drug's use what its status does not.
    """

    systems: Mapping[str, str]
    drugs: CodeTable
    tumours: CodeTable
    histologies: CodeTable
    metastases: CodeTable
    sites: CodeTable
    findings: CodeTable
    observations: CodeTable
    answers: CodeTable
    procedures: CodeTable
    absences: CodeTable
    spellings: Mapping[str, str]
    units: Mapping[str, Mapping[str, float]]
    classes: Mapping[str, ClassCodes]
    gaps: Mapping[str, Gap]
    combinations: Mapping[str, tuple[str, ...]]
    one_product: Mapping[str, str]
    phrases: Mapping[str, Mapping[str, tuple[str, ...]]]
    in_words: Mapping[str, tuple[str, ...]]
    messages: Mapping[str, Mapping[str, Message]]
    digest: str

    def classes_by_atc(self, code: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the classes that a drug with an ATC code has for certain, and those that it has not for certain."""
        if not _ATC.fullmatch(code):
            return frozenset(), frozenset()
        said = {name: one.says(code) for name, one in self.classes.items()}
        has = frozenset(name for name, one in said.items() if one)
        return has, frozenset(name for name, one in said.items() if one is False)

    def gap(self, therapy: str | None) -> Gap:
        """Return the gaps between records of a drug, or of ``radiotherapy``."""
        return self.gaps.get(therapy or "any", self.gaps["any"])

    @cached_property
    def local(self) -> str:
        """The URI of this product's own codes: the names of facts, and the codes of value sets."""
        return next(uri for uri, name in self.systems.items() if name == "local")
