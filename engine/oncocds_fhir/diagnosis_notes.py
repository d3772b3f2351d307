"""What the notes of a Condition say against what its code names: 已排除, 病理未证实, 系误诊."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.vocabulary.code_tables import CodeTables
from oncocds_fhir.bundle import Resource
from oncocds_fhir.diagnoses import Told
from oncocds_fhir.doubts import doubts


def words_against(condition: Resource, told: Told, codes: CodeTables) -> str | None:
    """Return the words by which the notes of a Condition deny or doubt it, None where they say nothing of it."""
    named = told.named()
    if not any(vars(named).values()):
        return None
    return next((said for text in notes(condition) if (said := doubts(codes).against(text, named)) is not None), None)


def notes(condition: Resource) -> Iterator[str]:
    """Yield the texts of the notes of a Condition, of whatever shape they are: one that is odd costs no record."""
    raw = condition.element.raw().get("note")
    for one in raw if isinstance(raw, list) else [raw]:
        text = one.get("text") if isinstance(one, dict) else one
        if isinstance(text, str):
            yield condition.element.simplified.simplify(text)
