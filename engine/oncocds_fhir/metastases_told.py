"""Metastases that reports tell of, or diagnoses in words that are not understood as a whole.

Free text makes no lesion, but somebody must hear of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from oncocds.errors import InputError
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds_fhir.alike import alike
from oncocds_fhir.boxes import filled_in
from oncocds_fhir.bundle import Resource
from oncocds_fhir.cancers_spoken_of import cancers_spoken_of
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.elements import Concept, concept_of
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.marks import marks_of
from oncocds_fhir.phrase_grammar import Place, Said
from oncocds_fhir.phrases import any_of, phrases
from oncocds_fhir.times import when_of

TYPES = ("DiagnosticReport", "Observation")
_NO_RESULT = ("cancelled", "entered-in-error", "registered")
_PARTS = re.compile(r"[,;。()\[\]\n\r]|\.(?=\s|$)")
_LONGEST, _SHOWN = 4000, 60  # characters: of a text that is read, and of a part of it that is shown
_RULED_OUT, _NOT = re.compile(r"ruled out|excluded"), re.compile(r"not|n't")
_ANY = Said(metastases=[Place(None)])
_NODES = "node"
_Told = tuple[str, frozenset[str]]
"""Words that raise metastases, and the organs that they name."""


def note_metastases_told(records: Iterable[Resource], gathering: Gathering) -> None:
    """Note metastases that reports conclude, or results tell in words, in an organ of which there is no lesion."""
    lesions = gathering.items.get("lesions", {}).values()
    known = {organ for one in lesions if (organ := one.get("organ")) is not None}
    for record in records:
        if record.type in TYPES and (told := alike(_told, record, gathering)) and _is_used(record, gathering):
            for said, organs in told:
                if organs - known if organs else not lesions:
                    gathering.remarks.unmapped(
                        "metastasis-in-report", record.label, facts=["lesions"], opens=("lesions",), said=said[:_SHOWN]
                    )
                    gathering.remarks.could_be("lesions", record.label)


def note_metastases_beside(conditions: Iterable[Resource], gathering: Gathering) -> None:
    """Note metastases in the words of diagnoses of which only the code was used, in organs without a lesion."""
    lesions = gathering.items.get("lesions", {}).values()
    known = {organ for one in lesions if (organ := one.get("organ")) is not None}
    for condition in conditions:
        for said, organs in alike(_told_beside, condition, gathering):
            if organs - known if organs else not lesions:
                gathering.remarks.unmapped(
                    "metastasis-in-words", condition.label, facts=["lesions"], opens=("lesions",), said=said[:_SHOWN]
                )
                gathering.remarks.could_be("lesions", condition.label)


def _is_used(record: Resource, gathering: Gathering) -> bool:
    if record.element.raw().get("status") in _NO_RESULT or alike(marks_of, record, gathering) - {"abridged"}:
        return False
    try:
        return not gathering.moment.is_before(when_of(record.element))
    except InputError:
        return True


def _told_beside(condition: Resource, gathering: Gathering) -> tuple[_Told, ...]:
    """Return what words of a diagnosis that are not understood as a whole tell of metastases."""
    reader, read = _reader(gathering.codes), phrases(gathering.codes)
    words = map(filled_in, condition.element.concept("code").words())
    return tuple(told for word in words if read.diagnosis(word) is None for told in reader.told(word))


def _told(record: Resource, gathering: Gathering) -> tuple[_Told, ...]:
    """Return what a record tells of metastases, each with its words and the organs named; of nodes alone nothing.

    Nodes of the region are told in every report of an operation.
    """
    reader, raw = _reader(gathering.codes), record.element.raw()
    found = list[_Told]()
    for text in (raw.get("conclusion"), raw.get("valueString")):
        if isinstance(text, str):
            found += reader.told(record.element.simplified.simplify(text))
    for concept in _concepts(record):
        try:
            told = gathering.memory.diagnosis(concept)
        except Disagreement:
            continue
        organs = {one.one("organ") or "unspecified" for one, _ in told.metastases} - {_NODES}
        if organs:
            said = next(iter(concept.words()), None) or next((one.code or "" for one in concept.codings), "")
            found.append((said, frozenset(organs - {"unspecified"})))
    return tuple(found)


def _concepts(record: Resource) -> Iterator[Concept]:
    listed = record.element.raw().get("conclusionCode")
    try:
        for one in record.element.elements("conclusionCode") if isinstance(listed, list) else ():
            yield one.concept("concept") if one.has("concept") else concept_of(one)
        if record.element.has("valueCodeableConcept"):
            yield record.element.concept("valueCodeableConcept")
    except InputError:
        return


class _Reader:
    """Reads reports with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        said, against = codes.phrases, codes.phrases["against"]
        self._read, self._spoken = phrases(codes), cancers_spoken_of(codes)
        words = [word for words in said["metastases"].values() for word in words]
        self._metastasis = any_of((*words, *said["spread"]["any"], *codes.metastases.names))
        self._settled, self._nodes = any_of(against["settled"]), any_of(against["nodes"])
        self._other = any_of(against["no_metastasis"])
        self._doubt = any_of((*said["doubt"]["certain"], *said["doubt_behind"]["any"]))
        self._denial = any_of((*said["denial"]["certain"], *against["raises_none"]))
        self._kin = any_of(against["kin"])
        organs = {name: one.means["organ"][0] for name, one in codes.sites.names.items() if "organ" in one.means}
        self._organs = {fold(name): organ for name, organ in organs.items()}
        behind = any_of(
            (*said["denial_behind"]["certain"], *said["unsure"]["certain"], *against["raises_none"])
        ).pattern
        beside, named = any_of(against["beside_denied"]).pattern, any_of((*words, *self._organs)).pattern
        # Possessive: of the many ways to cut a long text one is tried.
        before = rf"(?:(?!{behind})(?:{beside}|{named}|\W|\d))*+"
        self._denied_behind = re.compile(rf"(?:{before}(?:{behind})(?:{behind}|{beside}|\W|\d)*+)++\Z")

    def told(self, text: str) -> Iterator[_Told]:
        """Yield the parts of a text that raise metastases, certain or in doubt, with the organs that they name."""
        for part in map(str.strip, _PARTS.split(self._other.sub("", fold(text)[:_LONGEST].replace("(-)", "阴性")))):
            named = list(self._metastasis.finditer(part))
            if not named or self._kin.search(part) or self._is_settled(part):
                continue
            plain = self._doubt.sub(lambda found: "?" * len(found[0]), part)
            if self._denied_behind.match(plain, named[0].end()):
                continue
            denied = self._denial.search(plain, 0, named[-1].end())
            if denied is not None and denied.start() < named[0].end():
                continue
            organs = self._organs_of(part if denied is None else part[: denied.start()])
            if organs - {_NODES} or not self._nodes.search(part):
                yield part, frozenset(organs - {_NODES, "unspecified"})

    def _is_settled(self, part: str) -> bool:
        """Tell whether a part says that what it names is not there, or only speaks of it: ruled out, risk of."""
        ruled_out = _RULED_OUT.search(part)
        if self._settled.search(part) or (ruled_out is not None and _NOT.search(part, 0, ruled_out.start()) is None):
            return True
        return self._spoken.in_part(part, _ANY, lambda _: False)

    def _organs_of(self, part: str) -> set[str]:
        said = self._read.diagnosis(part)
        if said is not None and (said.metastases or said.doubted):
            return {place.organ or "unspecified" for place in (*said.metastases, *said.doubted)}
        return {organ for name, organ in self._organs.items() if name in part}


@once
def _reader(codes: CodeTables) -> _Reader:
    return _Reader(codes)
