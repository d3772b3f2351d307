"""A second primary tumour: a lesion recorded as primary in an organ that the recorded tumour does not start in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from oncocds.profile.contradiction import Contradiction
from oncocds.profile.facts import PatientFacts
from oncocds.text import Text

_ELSEWHERE = ("other_viscera", "other")  # organs the vocabulary has no word of its own for
_HOME: dict[object, tuple[str, ...]] = {
    "breast": ("breast",),
    "nsclc": ("lung",),
    "sclc": ("lung",),
    "lung_nos": ("lung",),
    "hcc": ("liver",),
    "thyroid": _ELSEWHERE,
    "prostate": _ELSEWHERE,
    "gastric": _ELSEWHERE,
    "colorectal": _ELSEWHERE,
    "renal": _ELSEWHERE,
}
_SECOND = Text(
    "记录中有第二原发？有病灶记为原发灶，所在器官却不是所记肿瘤的原发器官（或有两个器官的病灶都记为原发灶）。记为原发灶的病灶不计入"
    "转移；其余病灶究竟来自哪个肿瘤，引擎不能判断，请核实（多学科讨论、必要时活检由临床决定）。",
    "A second primary on record? A lesion is recorded as primary in an organ where the recorded tumour does not start "
    "(or lesions of two organs are). What is recorded as primary is no metastasis here; from which tumour the other "
    "lesions come the engine cannot tell. Please check.",
)


def of_primaries(facts: PatientFacts) -> Iterator[Contradiction]:
    """Yield that there may be a second primary tumour. Origin: convention.

    Several primaries in one organ (both breasts, several nodules of a liver) are none; neither is a primary whose organ
    is not recorded.
    """
    tumour = facts.finding("diagnosis.tumour_type")
    home = _HOME.get(tumour.value)
    primaries = [
        (primary, organ)
        for lesion in facts.items("lesions") or ()
        if (primary := lesion.finding("is_primary")).value is True
        and (organ := lesion.finding("organ")).value is not None
    ]
    strange = [pair for pair in primaries if home is not None and pair[1].value not in home]
    if not strange and len({organ.value for _, organ in primaries}) > 1:
        strange = primaries
    if strange:
        asked = tuple(path for primary, _ in strange for path in primary.used)
        yield Contradiction.of("second-primary", _SECOND, tumour, *chain.from_iterable(strange), asks=asked)
