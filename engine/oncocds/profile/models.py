"""The patient profile as callers send it: strict, closed, everything optional — what is not recorded is unknown.

A missing list is unknown, an empty list means none, and a list named in ``incomplete`` may hold any number of further
items of which nothing is known; so may one of which ``left_out`` counts records that could not be read. Of a set of
codes that is named there, codes that are not written may be in it; a fact that is named there and not recorded is
unknown, where nothing recorded would mean no. The world of
each field (open, closed, override) and its labels are in ``rules/vocabulary/fields.yaml``; value sets and drugs beside
it.
"""

from typing import Annotated, Any, Self, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from oncocds.profile.codes import MAX_CODES, MAX_COURSES, MAX_ITEMS, MAX_RESULTS, CodeOf, SetWritten
from oncocds.profile.finding import SETS
from oncocds.profile.groups import (
    Assessments,
    Biomarkers,
    BoneAgentAdverseEvent,
    Cardiac,
    ClinicalQuestions,
    Comorbidities,
    Diagnosis,
    Group,
    Hcc,
    LeftOut,
    Plans,
    SkeletalEvents,
    Symptoms,
    Treatment,
    Vitals,
)
from oncocds.profile.items import Lesion, Medication, Radiotherapy, Toxicity
from oncocds.profile.measurements import CalciumResult, DatedResult, LabResult, Labs, Weight

__all__ = [
    "ITEM_LISTS",
    "LISTS",
    "Assessments",
    "Biomarkers",
    "BoneAgentAdverseEvent",
    "CalciumResult",
    "Cardiac",
    "ClinicalQuestions",
    "Comorbidities",
    "DatedResult",
    "Diagnosis",
    "Group",
    "Hcc",
    "LabResult",
    "Labs",
    "LeftOut",
    "Lesion",
    "Medication",
    "Plans",
    "Profile",
    "Radiotherapy",
    "SkeletalEvents",
    "Symptoms",
    "Toxicity",
    "Treatment",
    "Vitals",
    "Weight",
]

ITEM_LISTS = ("lesions", "medications", "radiotherapy", "toxicities")
"""The lists whose items conditions may speak of."""
LISTS = (*ITEM_LISTS, "history")
"""All lists; of a history, single results are filled in (``completed``); ``history_incomplete`` opens parts of it."""


OPEN = (*LISTS, *SETS)
"""What ``incomplete`` of any vocabulary may name; facts that count as no where nothing is recorded come to it."""


def names_of(allowed: tuple[str, ...]) -> Any:
    """Return the type of what ``incomplete`` names, which are some of the ``allowed``."""

    def allowed_name(name: str) -> str:
        if name not in allowed:
            expected = f"one of {', '.join(allowed)}"
            raise PydanticCustomError("list", "not a list of the profile", {"expected": expected})
        return name

    name = Annotated[str, AfterValidator(allowed_name), WithJsonSchema({"type": "string", "enum": [*allowed]})]
    return Annotated[list[name], Field(max_length=MAX_CODES), SetWritten]


_Names: TypeAlias = names_of(OPEN)  # type: ignore[valid-type]
INCOMPLETE: Any = Field(
    title="可能不全的列表",
    description="lists, and sets of codes, that may hold more than is written (an absent one is unknown); facts that "
    "are not known, where nothing recorded would mean no",
)


class Profile(Group):
    """One patient as far as it is known."""

    age: Annotated[float, Field(ge=0, le=130)] | None = None
    sex: Annotated[str, CodeOf("sex")] | None = None
    elderly: bool | None = None
    pregnant: bool | None = None
    weight: Weight | None = None
    chemotherapy_tolerance: Annotated[str, CodeOf("tolerance")] | None = None
    preference_documented: bool | None = None
    diagnosis: Diagnosis | None = None
    biomarkers: Biomarkers | None = None
    lesions: Annotated[list[Lesion], Field(max_length=MAX_ITEMS)] | None = None
    medications: Annotated[list[Medication], Field(max_length=MAX_ITEMS)] | None = None
    radiotherapy: Annotated[list[Radiotherapy], Field(max_length=MAX_COURSES)] | None = None
    surgeries: Annotated[list[Annotated[str, CodeOf("surgery")]], Field(max_length=MAX_CODES), SetWritten] | None = None
    toxicities: Annotated[list[Toxicity], Field(max_length=MAX_ITEMS)] | None = None
    treatment: Treatment | None = None
    symptoms: Symptoms | None = None
    skeletal_events: SkeletalEvents | None = None
    labs: Labs | None = None
    history: Annotated[list[DatedResult], Field(max_length=MAX_RESULTS)] | None = None
    history_incomplete: (
        Annotated[list[Annotated[str, CodeOf("result_series")]], Field(max_length=MAX_CODES), SetWritten] | None
    ) = None
    cardiac: Cardiac | None = None
    assessments: Assessments | None = None
    vitals: Vitals | None = None
    comorbidities: Comorbidities | None = None
    bone_agent_adverse_event: BoneAgentAdverseEvent | None = None
    plans: Plans | None = None
    clinical_questions: ClinicalQuestions | None = None
    hcc: Hcc | None = None
    incomplete: Annotated[_Names | None, INCOMPLETE] = None
    left_out: Annotated[
        LeftOut | None,
        Field(
            title="未能读取的记录数",
            description="how many records of a list could not be read and could be an item of it: the list may hold "
            "more than is written, and what such a record would change is asked",
        ),
    ] = None

    @model_validator(mode="after")
    def _of_lists_that_are_there(self) -> Self:
        left_out = {} if self.left_out is None else vars(self.left_out)
        for name in [name for name, count in left_out.items() if count == 0]:  # that none was left out says nothing
            left_out[name] = None
        # Of an absent list nothing is known anyway: that it may be incomplete says nothing more.
        named = {*(self.incomplete or ()), *(name for name, count in left_out.items() if count)}
        if named or self.incomplete is not None:
            vars(self)["incomplete"] = sorted(filter(self._is_open, named)) or None
        return self

    def _is_open(self, name: str) -> bool:
        """Tell whether it says something that a part may be incomplete: of a list that is there, a fact that is not."""
        found: Any = self
        for step in name.split("."):
            found = None if found is None else getattr(found, step)
        return (found is None) if "." in name else (found is not None)
