"""What concepts mean, each worked out once: records say the same few things over and over.

A memory lasts as long as its owner says: one mapping, or all of a run over many patients. It holds words of records, so
a server keeps none from one request to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from oncocds.vocabulary.code_tables import CodeTable, CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Vocabulary
from oncocds_fhir import concepts
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement, Meant
from oncocds_fhir.diagnoses import Coded, Told, diagnosis
from oncocds_fhir.drugs import DrugName, drug_of
from oncocds_fhir.elements import Characters, Concept, Element

_MOST = 50_000  # concepts: what comes beyond takes the room of all that was kept
_T = TypeVar("_T")
_NEW, _DISAGREE = object(), object()


class Memory:
    """What concepts mean by one vocabulary and its code tables. Every question may raise ``Disagreement``."""

    def __init__(self, vocabulary: Vocabulary, codes: CodeTables) -> None:
        self.vocabulary = vocabulary
        self.codes = codes
        self._kept: dict[Hashable, Any] = {}
        self.traditional = _characters(vocabulary)

    def meaning(self, concept: Concept, table: CodeTable) -> Meant | None:
        """Return what a concept means by one of the tables, None where nothing of it is known."""
        if not concept.codings and concept.text is None:
            return None
        return self.once(id(table), concept, lambda: concepts.meaning(concept, table, self.codes))

    def answer(self, concept: Concept, value_set: str) -> str | None:
        """Return which member of a value set a concept names, or None."""
        if not concept.codings and concept.text is None:
            return None
        return self.once(
            "answer", (value_set, concept), lambda: concepts.answer(concept, value_set, self.vocabulary, self.codes)
        )

    def coded_word(self, concept: Concept, place: str, key: str) -> str | None:
        """Return what a coded answer of a place stands for: a ``number`` of a fact, a ``truth``."""
        return self.once("word", (place, key, concept), lambda: concepts.coded_word(concept, place, key, self.codes))

    def stage_group(self, concept: Concept) -> str | None:
        """Return a stage group in Roman numerals, or None."""
        return self.once("stage", concept, lambda: concepts.stage_group(concept, self.codes))

    def drug(self, concept: Concept) -> DrugName | None:
        """Return which drug a concept names, None where it names none."""
        return self.once("drug", concept, lambda: drug_of(concept, self.vocabulary, self.codes))

    def diagnosis(self, concept: Concept) -> Told:
        """Return what a diagnosis tells of tumours, metastases and other findings."""

        def told() -> Told:
            tables = self.codes.tumours, self.codes.metastases, self.codes.findings
            coded = Coded(*(concepts.meaning(concept, table, self.codes) for table in tables))
            return diagnosis(concept, coded, self.codes)

        return self.once("diagnosis", concept, told)

    def simplified(self, resource: Resource) -> Resource:
        """Return a resource whose texts are read in simplified characters, as far as the vocabulary lists them."""
        if resource.element.simplified is self.traditional:
            return resource
        element = Element(resource.element.raw(), resource.element.pointer, self.traditional)
        return Resource(resource.type, resource.id, resource.label, element, resource.full_url)

    def once(self, what: Hashable, about: Hashable, work: Callable[[], _T]) -> _T:
        """Return what work makes of something that is all it depends on, beside vocabulary and codes."""
        key = (what, about)
        found = self._kept.get(key, _NEW)
        if found is _NEW:
            try:
                found = work()
            except Disagreement:
                found = _DISAGREE
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = found
        if found is _DISAGREE:
            raise Disagreement
        return found  # type: ignore[no-any-return]  # what is kept under one key is all of one type


@once
def _characters(vocabulary: Vocabulary) -> Characters:
    return Characters(vocabulary.printed.traditional)
