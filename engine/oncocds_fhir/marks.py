"""What stands in a record's ``meta`` against its use: tags and security labels that call it an error, a test, a part.

Codes are HL7's: ``HTEST`` (ActReason, test health data), ``SUBSETTED`` and ``REDACTED`` (ObservationValue), and the
status ``entered-in-error``, which some systems set as a tag beside a status that stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from oncocds.vocabulary.meanings import fold
from oncocds_fhir.bundle import Resource
from oncocds_fhir.elements import objects_in
from oncocds_fhir.gathering import Gathering

Mark = Literal["marked-as-error", "test-data", "abridged"]
_PLACES = ("tag", "security")
_WORDS: Mapping[Mark, tuple[str, ...]] = {
    "marked-as-error": ("entered-in-error", "entered in error", "录入错误", "錄入錯誤", "误录", "作废"),
    "test-data": ("HTEST", "test health data", "test data", "test patient", "测试数据", "測試數據", "测试患者"),
    "abridged": ("SUBSETTED", "REDACTED"),
}
_MEANT: Mapping[str, Mark] = {fold(word): mark for mark, words in _WORDS.items() for word in words}


def marks_in_meta(resource: Resource) -> frozenset[Mark]:
    """Return what the tags and labels of a record say against its use; those that nobody can read say nothing."""
    return frozenset(_MEANT[word] for word in _words(resource) if word in _MEANT)


def marks_of(resource: Resource, _: Gathering) -> frozenset[Mark]:
    """Return the same, as ``alike`` asks for it."""
    return marks_in_meta(resource)


def _words(resource: Resource) -> Iterator[str]:
    meta = resource.element.raw().get("meta")
    if not isinstance(meta, Mapping):
        return
    for place in _PLACES:
        for one in objects_in(meta.get(place)):
            yield from (fold(word) for word in (one.get("code"), one.get("display")) if isinstance(word, str))
