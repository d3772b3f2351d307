"""What codes of other systems mean in this vocabulary: LOINC, SNOMED CT, RxNorm, ATC, ICD-10, NCIT, local names.

Data in ``rules/vocabulary/codes``, read only where records of other systems are mapped; the engine itself needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from oncocds.reading.marks import Mark
from oncocds.text import Text
from oncocds.vocabulary.meanings import fold

Checked = Literal["file", "memory"]
Severity = Literal["warning", "info", "contradiction", "hint"]
MESSAGES = ("unmapped", "plausibility", "assumptions")
TABLES = ("drugs", "tumours", "histologies", "metastases", "sites", "findings", "observations", "answers", "procedures")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One line of a table: what it means, and whether its codes were seen in a published file or written from memory.

    ``means`` holds names of the vocabulary by what they are: ``{"drug": ("trastuzumab",)}``.
    """

    means: Mapping[str, tuple[str, ...]]
    checked: Checked | None
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
        """Return what a code of a system (by its short name) means."""
        found = self.codes.get((system, code))
        if found is not None:
            return found
        return next((entry for prefix, entry in self.prefixes.get(system, ()) if code.startswith(prefix)), None)

    def by_name(self, name: str) -> CodeEntry | None:
        """Return what a name means; width and case do not count."""
        return self.names.get(fold(name))

    def entries(self) -> Iterator[CodeEntry]:
        """Yield every entry, as often as it has codes and names."""
        yield from self.codes.values()
        for found in self.prefixes.values():
            yield from (entry for _, entry in found)
        yield from self.names.values()


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
    laboratory result. ``forms`` are words around a drug's name that say nothing of which drug it is.
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
    spellings: Mapping[str, str]
    units: Mapping[str, Mapping[str, float]]
    forms: tuple[str, ...]
    messages: Mapping[str, Mapping[str, Message]]
    digest: str

    @cached_property
    def local(self) -> str:
        """The URI of this product's own codes: the names of facts, and the codes of value sets."""
        return next(uri for uri, name in self.systems.items() if name == "local")
