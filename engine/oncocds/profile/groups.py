"""The groups of a profile that hold one answer a field: diagnosis, biomarkers, symptoms, plans …"""

from typing import Annotated

from pydantic import ConfigDict, Field

from oncocds.deferred import Deferred
from oncocds.profile.codes import (
    MAX_CODES,
    CodeOf,
    Count,
    Date,
    Grade,
    Percent,
    Score,
    SetWritten,
    ShortText,
)


class Group(Deferred):
    """Base of all parts of a profile: strict types, no unknown keys, immutable."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class Diagnosis(Group):
    """The primary tumour; one evaluation per primary."""

    tumour_type: Annotated[str, CodeOf("tumour_type")] | None = None
    extent: Annotated[str, CodeOf("extent")] | None = None
    stage_group: ShortText | None = None
    nodal_status: Annotated[str, CodeOf("positive_negative")] | None = None
    laterality: Annotated[str, CodeOf("laterality")] | None = None
    pathology_documented: bool | None = None
    confirmation: (
        Annotated[list[Annotated[str, CodeOf("confirmation")]], Field(max_length=MAX_CODES), SetWritten] | None
    ) = None
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


class Cardiac(Group):
    """Left ventricular ejection fraction in percent."""

    lvef_baseline: Percent | None = None
    lvef_latest: Percent | None = None
    lvef_nadir: Percent | None = None
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
    dialysis: bool | None = None


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


class LeftOut(Group):
    """How many records of each list could not be read: any of them could be an item that is not written."""

    lesions: Count | None = None
    medications: Count | None = None
    radiotherapy: Count | None = None
    toxicities: Count | None = None
