"""A cancer beside what says that it is one in situ: a morphology (8500/2), a code (D05), a stage of 0, or words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds_fhir.bundle import Resource
from oncocds_fhir.diagnosis_notes import notes
from oncocds_fhir.elements import Coding, Concept
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.phrases import any_of

_MORPHOLOGY = re.compile(r"[0-9]{4}/[012]")  # ICD-O: benign, uncertain, in situ
_IN_SITU = re.compile(r"D0[0-9]")  # ICD-10
_TIS = re.compile(r"(?<![a-z])[cp]?tis(?![a-mo-z])")  # after therapy (ypTis) it may have been invasive
_PARTS = re.compile(r"[,，;；。\n\r]|\.(?=\s|$)")


def histology_of(condition: Resource) -> Concept | None:
    """Return the histology of a Condition, where mCODE has it."""
    for extension in condition.element.extensions("mcode-histology-morphology-behavior"):
        return extension.concept("valueCodeableConcept")
    return None


def in_situ(condition: Resource, code: Concept, gathering: Gathering) -> str | None:
    """Return by which code or words a Condition that names a cancer says that it is one in situ, or not malignant.

    None where none says so, or where the words beside it tell of an invasive one as well (浸润性导管癌伴导管原位癌).
    """
    histology = histology_of(condition)
    for coding in (*code.codings, *(() if histology is None else histology.codings)):
        if _coded(coding, gathering):
            return coding.display or coding.code
    stages = [stage.concept("summary") for stage in condition.element.elements("stage")]
    groups = [gathering.memory.stage_group(stage) for stage in stages]
    if any(group not in (None, "0") for group in groups):  # it was invasive once, whatever else is said of it
        return None
    if "0" in groups:
        return next(iter(stages[groups.index("0")].words()), "0")
    histologies = () if histology is None else histology.words()
    return _reader(gathering.codes).said((*code.words(), *histologies, *notes(condition)))


def _coded(coding: Coding, gathering: Gathering) -> bool:
    if coding.code is None:
        return False
    is_icd = (gathering.codes.systems.get(coding.system or "") or "").startswith("icd10")
    return _MORPHOLOGY.fullmatch(coding.code) is not None or (is_icd and _IN_SITU.match(coding.code) is not None)


class _Reader:
    """Reads words of cancers in situ with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        said = codes.phrases["against"]
        self._in_situ, self._not_all, self._invasive, self._denied = (
            any_of(said[kind]) for kind in ("in_situ", "not_all", "invasive", "not_invasive")
        )

    def said(self, texts: Iterable[str]) -> str | None:
        """Return the words for a cancer in situ in the names of a diagnosis, its histology or its notes."""
        texts = [self._denied.sub("", fold(text)) for text in texts]
        if any(map(self._invasive.search, texts)):
            return None
        for part in (part for text in texts for part in _PARTS.split(text)):
            found = self._in_situ.search(part) or _TIS.search(part)
            if found is not None and not self._not_all.search(self._in_situ.sub("", part)):
                return part.strip()
        return None


@once
def _reader(codes: CodeTables) -> _Reader:
    return _Reader(codes)
