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
from oncocds_fhir.metastases_doubted import metastases_doubted
from oncocds_fhir.phrase_grammar import Place, Said
from oncocds_fhir.phrases import any_of, phrases
from oncocds_fhir.times import when_of

TYPES = ("DiagnosticReport", "Observation")
_NO_RESULT = ("cancelled", "entered-in-error", "registered")
_PARTS = re.compile(r"[,;。()\[\]\n\r]|\.(?=\s|$)")
_BRACKETED_NO = re.compile(r"[(\[]\s?(?:[-–—]|无|否|no|none|nil|neg|negative|阴性)\s?[)\]]")  # 骨转移(-)
_LONGEST, _SHOWN = 4000, 60  # characters: of a text that is read, and of a part of it that is shown
_RULED_OUT, _NOT = re.compile(r"ruled out|excluded"), re.compile(r"not|n't")
_ANY = Said(metastases=[Place(None)])
_NODES = "node"
# The M1 of TNM; alone it may be the segment of an artery, but beside a cancer.
_TNM = r"(?:[cpyr]{0,2}t[0-4x][a-d]?)?\s?[cpyr]{0,2}n[0-3x][a-c]?\s?"
_M1 = rf"(?<![a-z0-9])(?:[cpyr]{{1,2}}m1[a-c]?|m1[a-c]|{_TNM}[cpyr]{{0,2}}m1[a-c]?|m1)(?![a-z0-9])"
_TNM_M1 = re.compile(_M1)
_Told = tuple[str, frozenset[str]]
"""Words that raise metastases, and the organs that they name."""


def note_metastases_told(records: Iterable[Resource], gathering: Gathering) -> None:
    """Note metastases that reports conclude, or results tell in words, in an organ of which there is no lesion."""
    for record in records:
        if record.type in TYPES and (told := alike(_told, record, gathering)) and _is_used(record, gathering):
            _note("metastasis-in-report", record, told, gathering)


def note_metastases_beside(conditions: Iterable[Resource], gathering: Gathering) -> None:
    """Note metastases in the words of diagnoses of which only the code was used, in organs without a lesion."""
    for condition in conditions:
        if told := alike(_told_beside, condition, gathering):
            _note("metastasis-in-words", condition, told, gathering)


def _note(reason: str, record: Resource, told: Iterable[_Told], gathering: Gathering) -> None:
    lesions = gathering.items.get("lesions", {}).values()
    known = {organ for one in lesions if (organ := one.get("organ")) is not None}
    for said, organs in told:
        if organs - known if organs else not lesions:
            gathering.remarks.unmapped(reason, record.label, facts=["lesions"], opens=("lesions",), said=said[:_SHOWN])
            gathering.remarks.could_be("lesions", record.label)


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
    unread = (word for word in words if read.diagnosis(word) is None or _TNM_M1.search(fold(word)) is not None)
    return tuple(told for word in unread for told in reader.told(word))


def _told(record: Resource, gathering: Gathering) -> tuple[_Told, ...]:
    """Return what a record tells of metastases, each with its words and the organs named; of nodes alone nothing.

    Nodes of the region are told in every report of an operation.
    """
    reader, raw = _reader(gathering.codes), record.element.raw()
    found = list[_Told]()
    for text in (raw.get("conclusion"), raw.get("valueString")):
        if isinstance(text, str):
            found += reader.told(filled_in(record.element.simplified.simplify(text)))
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
        self._read, self._spoken, self._doubted = phrases(codes), cancers_spoken_of(codes), metastases_doubted(codes)
        words = [word for words in said["metastases"].values() for word in words]
        called = (*words, *said["spread"]["any"], *codes.metastases.names, *against["metastases_short"])
        self._metastasis = re.compile(rf"{any_of(called).pattern}|{_M1}")
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
        plain_text = self._other.sub("", _BRACKETED_NO.sub("阴性", fold(text)[:_LONGEST]))
        for part in map(str.strip, _PARTS.split(plain_text)):
            named = [
                one for one in self._metastasis.finditer(part) if one[0] != "m1" or self._spoken.names_cancer(part)
            ]
            if not named or self._kin.search(part) or self._is_settled(part):
                continue
            plain = self._doubt.sub(lambda found: "?" * len(found[0]), self._doubted.without_tests(part))
            if self._denied_behind.match(plain, named[0].end()):
                continue
            denied = self._denial.search(plain, 0, named[-1].end())
            if (denied is not None and denied.start() < named[0].end()) or self._doubted.denied(plain):
                continue
            organs = self._organs_of(part if denied is None else part[: denied.start()])
            if all(_TNM_M1.fullmatch(one[0]) for one in named):  # of no organ: what is named has the cancer
                organs = set()
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
