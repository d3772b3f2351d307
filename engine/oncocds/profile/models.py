"""The patient profile as callers send it: strict, closed, everything optional — what is not recorded is unknown.

A missing list is unknown, an empty list means none, and a list named in ``incomplete`` may hold any number of further
items of which nothing is known; so may one of which ``left_out`` counts records that could not be read. Of a set of
codes that is named there, codes that are not written may be in it. The world of
each field (open, closed, override) and its labels are in ``rules/vocabulary/fields.yaml``; value sets and drugs beside
it.
"""

from typing import Annotated, Self

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
"""What ``incomplete`` may name: lists, and facts that are sets of codes."""


def _may_be_open(name: str) -> str:
    if name not in OPEN:
        raise PydanticCustomError("list", "not a list of the profile", {"expected": f"one of {', '.join(OPEN)}"})
    return name


_ListName = Annotated[str, AfterValidator(_may_be_open), WithJsonSchema({"type": "string", "enum": [*OPEN]})]


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
    incomplete: Annotated[
        Annotated[
            list[_ListName],
            Field(max_length=MAX_CODES),
            SetWritten,
        ]
        | None,
        Field(
            title="可能不全的列表",
            description="lists, and sets of codes, that may hold more than is written; an absent one is unknown",
        ),
    ] = None
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
            vars(self)["incomplete"] = sorted(name for name in named if getattr(self, name) is not None) or None
        return self
