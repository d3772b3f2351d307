"""The items of a profile's lists: lesions, medications, courses of radiotherapy, toxicities."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from oncocds.profile.codes import (
    MAX_CODES,
    CodeOf,
    Date,
    Id,
    Ids,
    Positive,
    Score,
    SetWritten,
    ShortText,
    ShortTexts,
    vocabulary_of,
)
from oncocds.profile.groups import Group
from oncocds.vocabulary.drug_classes import contradiction


def _shape(value: Any) -> str | None:
    return "one" if isinstance(value, str) else "many" if isinstance(value, list) else None


def _as_list(value: list[str] | str) -> list[str]:
    return [value] if isinstance(value, str) else value


DrugClasses = Annotated[
    Annotated[Annotated[str, CodeOf("drug_class")], Tag("one")]
    | Annotated[
        Annotated[list[Annotated[str, CodeOf("drug_class")]], Field(max_length=MAX_CODES), SetWritten], Tag("many")
    ],
    Discriminator(_shape, custom_error_type="codes", custom_error_message="wrong type"),
    AfterValidator(_as_list),
]
"""The classes of a drug the vocabulary lacks: one code or a list of them, kept as a list."""


class Lesion(Group):
    """One lesion, the primary included where it is recorded."""

    id: Id | None = None
    organ: Annotated[str, CodeOf("organ")] | None = None
    site: Annotated[str, CodeOf("bone_site")] | None = None
    status: Annotated[str, CodeOf("lesion_status")] | None = None
    is_primary: bool | None = None
    is_new: bool | None = None
    trend: Annotated[str, CodeOf("trend")] | None = None
    symptomatic: bool | None = None
    painful: bool | None = None
    pain_significant: bool | None = None
    qol_impaired: bool | None = None
    impairs_systemic_tx: bool | None = None
    pain_extremely_localised: bool | None = None
    weight_bearing: bool | None = None
    critical_site: bool | None = None
    structural_destruction: bool | None = None
    structural_instability: bool | None = None
    spinal_instability: bool | None = None
    impending_fracture: bool | None = None
    solitary: bool | None = None
    fracture_risk: bool | None = None
    cord_threat: bool | None = None
    persistent_progression: bool | None = None
    rapid_progression: bool | None = None
    soft_tissue_mass: bool | None = None
    bone_pattern: Annotated[str, CodeOf("bone_pattern")] | None = None
    definite_lysis: bool | None = None
    functional_impairment: bool | None = None
    neurovascular_compression: bool | None = None
    limb_structure_impaired: bool | None = None
    palliative_surgery_done: bool | None = None
    local_intervention_required: bool | None = None
    sbrt_selected: bool | None = None
    imaging: Annotated[list[Annotated[str, CodeOf("imaging")]], Field(max_length=MAX_CODES), SetWritten] | None = None
    biopsied: bool | None = None
    atypical: bool | None = None
    complex_anatomy: bool | None = None
    q_cortical: bool | None = None
    q_marrow: bool | None = None
    q_soft_tissue: bool | None = None


class Medication(Group):
    """One drug: planned, active, stopped or completed. A drug the vocabulary lacks is ``other`` with its name."""

    id: Id | None = None
    drug: Annotated[str, CodeOf("drug")] | None = None
    name: ShortText | None = None
    class_: Annotated[DrugClasses | None, Field(alias="class")] = None
    has_class: DrugClasses | None = None
    not_class: DrugClasses | None = None
    status: Annotated[str, CodeOf("medication_status")] | None = None
    stop_reason: Annotated[str, CodeOf("stop_reason")] | None = None
    start_date: Date | None = None
    stop_date: Date | None = None
    indication: Annotated[str, CodeOf("indication")] | None = None
    interval_weeks: Positive | None = None
    monthly: bool | None = None
    dose: ShortText | None = None

    @model_validator(mode="after")
    def _named(self, info: ValidationInfo) -> Self:
        if self.drug == "other" and self.name is None:
            raise PydanticCustomError(
                "other", "a drug given as other has no name", {"at": "name", "expected": "its name in 'name'"}
            )
        classes = {"class": self.class_, "has_class": self.has_class, "not_class": self.not_class}
        if self.drug != "other" and any(one is not None for one in classes.values()):
            at = next(name for name, one in classes.items() if one is not None)
            raise PydanticCustomError(
                "class",
                "a class beside a drug that is not given as other",
                {"at": at, "expected": f"'{at}' only with drug: other; the classes of a known drug are known"},
            )
        if all(one is None for one in classes.values()):
            return self
        implied = vocabulary_of(info).implied_classes
        if (at_ := contradiction(self.class_, self.has_class, self.not_class, implied)) is not None:
            raise PydanticCustomError(
                "class",
                "classes that contradict each other",
                {"at": at_, "expected": "'class' all classes; 'has_class' some of them, 'not_class' none of them"},
            )
        return self


class Radiotherapy(Group):
    """One course of radiotherapy; dose in Gy."""

    id: Id | None = None
    site: Annotated[str, CodeOf("radiotherapy_site")] | None = None
    status: Annotated[str, CodeOf("radiotherapy_status")] | None = None
    technique: Annotated[str, CodeOf("technique")] | None = None
    laterality: Annotated[str, CodeOf("laterality")] | None = None
    targets: Ids | None = None
    dose_gy: Annotated[float, Field(gt=0, le=200)] | None = None
    fractions: Annotated[int, Field(gt=0, le=100)] | None = None
    days: Annotated[float, Field(gt=0, le=365)] | None = None
    field: Annotated[str, CodeOf("field")] | None = None
    adjacent_organs: ShortTexts | None = None
    pain_score: Score | None = None
    reirradiation: bool | None = None
    during_current_antiher2: bool | None = None


class Toxicity(Group):
    """One adverse event with its CTCAE grade."""

    id: Id | None = None
    term: ShortText
    grade: Annotated[int, Field(ge=1, le=5)] | None = None
