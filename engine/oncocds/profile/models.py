"""The patient profile as callers send it: strict, closed, everything optional — what is not recorded is unknown.

A missing list is unknown, an empty list means none. The world of each field (open, closed, override) and its labels
are in ``rules/vocabulary/fields.yaml``; value sets and drugs beside it.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from oncocds.profile.codes import (
    CodeOf,
    Count,
    Date,
    Grade,
    Id,
    NotNegative,
    Percent,
    Positive,
    Score,
    ShortText,
)

MAX_ITEMS = 500


class Group(BaseModel):
    """Base of all parts of a profile: strict types, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


class Weight(Group):
    """Body weight with its UCUM unit."""

    value: Positive
    unit: str


class Diagnosis(Group):
    """The primary tumour; one evaluation per primary."""

    tumour_type: Annotated[str, CodeOf("tumour_type")] | None = None
    extent: Annotated[str, CodeOf("extent")] | None = None
    stage_group: ShortText | None = None
    nodal_status: Annotated[str, CodeOf("positive_negative")] | None = None
    laterality: Annotated[str, CodeOf("laterality")] | None = None
    pathology_documented: bool | None = None
    confirmation: list[Annotated[str, CodeOf("confirmation")]] | None = None
    t_category: Annotated[str, CodeOf("t_category")] | None = None
    tempo: Annotated[str, CodeOf("tempo")] | None = None
    endocrine_refractory: bool | None = None
    bone_metastases: bool | None = None
    bone_suspected: bool | None = None
    visceral_metastases: bool | None = None
    brain_oligo_new: bool | None = None
    oligomet_baseline: bool | None = None
    oligometastatic: bool | None = None
    oligoresidual: bool | None = None
    oligoprogression: bool | None = None


class Biomarkers(Group):
    """Receptors, mutations and what else the pathologist reports."""

    her2_status: Annotated[str, CodeOf("her2_status")] | None = None
    her2_ihc: Annotated[str, CodeOf("her2_ihc")] | None = None
    her2_ish: Annotated[str, CodeOf("her2_ish")] | None = None
    hr_status: Annotated[str, CodeOf("positive_negative")] | None = None
    er_pct: Percent | None = None
    pr_pct: Percent | None = None
    ret_fusion: Annotated[str, CodeOf("ret_fusion")] | None = None
    ret_other_alteration: ShortText | None = None
    ngs_done: bool | None = None
    ngs_includes_ret: bool | None = None
    pd_l1_pct: Percent | None = None
    gbrca: Annotated[str, CodeOf("gbrca")] | None = None
    menopausal_status: Annotated[str, CodeOf("menopausal_status")] | None = None


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
    imaging: list[Annotated[str, CodeOf("imaging")]] | None = None
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
    class_: Annotated[
        list[Annotated[str, CodeOf("drug_class")]] | Annotated[str, CodeOf("drug_class")] | None, Field(alias="class")
    ] = None
    status: Annotated[str, CodeOf("medication_status")] | None = None
    stop_reason: Annotated[str, CodeOf("stop_reason")] | None = None
    start_date: Date | None = None
    stop_date: Date | None = None
    indication: Annotated[str, CodeOf("indication")] | None = None
    interval_weeks: Positive | None = None
    monthly: bool | None = None
    dose: ShortText | None = None

    @model_validator(mode="after")
    def _named(self) -> Medication:
        if self.drug == "other" and self.name is None:
            raise PydanticCustomError("other", "a drug given as other has no name", {"expected": "its name in 'name'"})
        if self.class_ is not None and self.drug != "other":
            raise PydanticCustomError(
                "class", "'class' beside a drug whose classes are known", {"expected": "'class' only with drug: other"}
            )
        return self


class Radiotherapy(Group):
    """One course of radiotherapy; dose in Gy."""

    id: Id | None = None
    site: Annotated[str, CodeOf("radiotherapy_site")] | None = None
    status: Annotated[str, CodeOf("radiotherapy_status")] | None = None
    technique: Annotated[str, CodeOf("technique")] | None = None
    laterality: Annotated[str, CodeOf("laterality")] | None = None
    targets: Annotated[list[Id], Field(max_length=MAX_ITEMS)] | None = None
    dose_gy: Annotated[float, Field(gt=0, le=200)] | None = None
    fractions: Annotated[int, Field(gt=0, le=100)] | None = None
    days: Annotated[float, Field(gt=0, le=365)] | None = None
    field: Annotated[str, CodeOf("field")] | None = None
    adjacent_organs: Annotated[list[ShortText], Field(max_length=50)] | None = None
    pain_score: Score | None = None
    reirradiation: bool | None = None
    during_current_antiher2: bool | None = None


class Toxicity(Group):
    """One adverse event with its CTCAE grade."""

    id: Id | None = None
    term: ShortText
    grade: Annotated[int, Field(ge=1, le=5)] | None = None


class Treatment(Group):
    """Where in the course of treatment the patient is."""

    phase: Annotated[str, CodeOf("phase")] | None = None
    intent: Annotated[str, CodeOf("intent")] | None = None
    timepoint: Annotated[str, CodeOf("timepoint")] | None = None
    response_plateau: bool | None = None
    on_systemic: bool | None = None
    prior_therapy_documented: bool | None = None
    nephrotoxic_drug: bool | None = None


class Symptoms(Group):
    """Symptoms and signs; what is not recorded is unknown."""

    bone_pain: bool | None = None
    bone_pain_relieved: bool | None = None
    cord_signs: bool | None = None
    hypercalcaemia_like: bool | None = None
    appetite_loss: bool | None = None
    severe_weight_loss: bool | None = None


class SkeletalEvents(Group):
    """Skeletal-related events; nothing recorded means no."""

    pathological_fracture: bool | None = None
    vertebral_fracture: bool | None = None
    cord_compression: bool | None = None
    hypercalcaemia: bool | None = None
    on_bma: bool | None = None


class LabResult(Group):
    """A laboratory result; the laboratory's limits are in the unit of the result."""

    value: NotNegative | None = None
    unit: Annotated[str, Field(max_length=40)] | None = None
    date: Date | None = None
    reference_low: NotNegative | None = None
    reference_high: NotNegative | None = None
    interpretation: Annotated[str, CodeOf("interpretation")] | None = None


class CalciumResult(LabResult):
    """Total calcium; ``since_symptoms``: measured after the symptoms began."""

    since_symptoms: bool | None = None


class Labs(Group):
    """Laboratory results by analyte."""

    creatinine: LabResult | None = None
    calcium: CalciumResult | None = None
    albumin: LabResult | None = None
    phosphate: LabResult | None = None
    magnesium: LabResult | None = None
    platelets: LabResult | None = None
    ca153: LabResult | None = None
    alp: LabResult | None = None
    tracp5b: LabResult | None = None
    alt: LabResult | None = None
    ast: LabResult | None = None
    bilirubin: LabResult | None = None
    wbc: LabResult | None = None
    neutrophils: LabResult | None = None
    haemoglobin: LabResult | None = None
    urea: LabResult | None = None
    bap: LabResult | None = None
    osteocalcin: LabResult | None = None
    p1np: LabResult | None = None
    beta_ctx: LabResult | None = None
    untx: LabResult | None = None


class Cardiac(Group):
    """Left ventricular ejection fraction in percent."""

    lvef_baseline: Percent | None = None
    lvef_latest: Percent | None = None
    marked_decline: bool | None = None
    echo_date: Date | None = None


class Assessments(Group):
    """Examinations done and scores taken."""

    bone_scan_done: bool | None = None
    dental_exam_done: bool | None = None
    pain_nrs: Score | None = None
    ecog: Annotated[int, Field(ge=0, le=4)] | None = None
    response: Annotated[str, CodeOf("recist")] | None = None
    fatigue_grade: Grade | None = None
    skin_reaction_grade: Grade | None = None
    pneumonitis_grade: Grade | None = None


class Vitals(Group):
    """Blood pressure in mm[Hg]."""

    systolic: Annotated[float, Field(ge=40, le=320)] | None = None
    diastolic: Annotated[float, Field(ge=20, le=220)] | None = None


class Comorbidities(Group):
    """Conditions beside the tumour."""

    renal_insufficiency: bool | None = None


class BoneAgentAdverseEvent(Group):
    """An adverse event of the present bone-modifying agent."""

    unrelievable: bool | None = None
    drug_related: bool | None = None


class Plans(Group):
    """What is intended; nothing recorded means no."""

    stop_bma: bool | None = None
    stop_bma_reason: Annotated[str, CodeOf("stop_reason")] | None = None
    switch_systemic: bool | None = None


class ClinicalQuestions(Group):
    """What the clinician wants to know; nothing recorded means no."""

    whole_body_assessment: bool | None = None


class Hcc(Group):
    """Hepatocellular carcinoma; diameters in cm."""

    bclc: Annotated[str, CodeOf("bclc")] | None = None
    child_pugh: Annotated[str, CodeOf("child_pugh")] | None = None
    n_intrahepatic: Count | None = None
    sum_diameter_cm: Annotated[float, Field(ge=0, le=100)] | None = None
    extrahepatic_mets: bool | None = None
    met_max_cm: Annotated[float, Field(ge=0, le=50)] | None = None
    suitable_surgery: bool | None = None
    suitable_ablation: bool | None = None
    suitable_tace: bool | None = None
    prior_rt: bool | None = None
    prior_radioembolisation: bool | None = None
    macrovascular_invasion: Annotated[str, CodeOf("macrovascular_invasion")] | None = None
    viral: Annotated[str, CodeOf("viral_hepatitis")] | None = None
    liver_tumour_fraction_pct: Percent | None = None
    tumour_burden_large: bool | None = None


class Profile(Group):
    """One patient as far as it is known."""

    age: Annotated[float, Field(ge=0, le=130)] | None = None
    sex: Annotated[str, CodeOf("sex")] | None = None
    elderly: bool | None = None
    weight: Weight | None = None
    chemotherapy_tolerance: Annotated[str, CodeOf("tolerance")] | None = None
    preference_documented: bool | None = None
    diagnosis: Diagnosis | None = None
    biomarkers: Biomarkers | None = None
    lesions: Annotated[list[Lesion], Field(max_length=MAX_ITEMS)] | None = None
    medications: Annotated[list[Medication], Field(max_length=MAX_ITEMS)] | None = None
    radiotherapy: Annotated[list[Radiotherapy], Field(max_length=MAX_ITEMS)] | None = None
    surgeries: Annotated[list[Annotated[str, CodeOf("surgery")]], Field(max_length=MAX_ITEMS)] | None = None
    toxicities: Annotated[list[Toxicity], Field(max_length=MAX_ITEMS)] | None = None
    treatment: Treatment | None = None
    symptoms: Symptoms | None = None
    skeletal_events: SkeletalEvents | None = None
    labs: Labs | None = None
    cardiac: Cardiac | None = None
    assessments: Assessments | None = None
    vitals: Vitals | None = None
    comorbidities: Comorbidities | None = None
    bone_agent_adverse_event: BoneAgentAdverseEvent | None = None
    plans: Plans | None = None
    clinical_questions: ClinicalQuestions | None = None
    hcc: Hcc | None = None


ITEM_LISTS = ("lesions", "medications", "radiotherapy", "toxicities")


def recorded(part: BaseModel) -> dict[str, Any]:
    """Return the recorded fields of a part by their public names, without those that are None."""
    fields = type(part).model_fields
    return {(fields[name].alias or name): value for name in fields if (value := getattr(part, name)) is not None}
