"""Derived facts: small pure functions from findings to a finding, reasoning over best and worst case.

``DERIVED`` holds patient-level facts by name, ``EFFECTIVE`` by list the fields of its items that stand in the place of
what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oncocds.profile.derived import (
    bone_agents,
    calcium,
    courses,
    hcc,
    heart,
    lesions,
    limited_disease,
    medications,
    metastases,
    radiotherapy,
    receptors,
    renal,
    ret,
    tumour,
)
from oncocds.profile.finding import Facts, Finding, RecordedItem

DERIVED: Mapping[str, Callable[[Facts], Finding]] = {
    "derived.her2_status": receptors.her2_status,
    "derived.hormone_receptor_status": receptors.hormone_receptor_status,
    "derived.bone_metastases": metastases.bone_metastases,
    "derived.bone_metastases_suspected": metastases.bone_metastases_suspected,
    "derived.bone_scan_done": metastases.bone_scan_done,
    "derived.brain_metastases": metastases.brain_metastases,
    "derived.brain_oligometastases_new": metastases.brain_oligometastases_new,
    "derived.visceral_metastases": metastases.visceral_metastases,
    "derived.oligometastatic": metastases.oligometastatic,
    "derived.creatinine_clearance": renal.creatinine_clearance,
    "derived.renal_concern": renal.renal_concern,
    "derived.severe_renal_impairment": renal.severe_renal_impairment,
    "derived.corrected_calcium": calcium.corrected_calcium,
    "derived.hypercalcaemia": calcium.hypercalcaemia,
    "derived.hypercalcaemia_emergency": calcium.hypercalcaemia_emergency,
    "derived.hypocalcaemia": calcium.hypocalcaemia,
    "derived.skeletal_event_on_bone_agent": bone_agents.skeletal_event_on_bone_agent,
    "derived.marked_lvef_decline": heart.marked_lvef_decline,
    "derived.lvef_change": heart.lvef_change,
    "derived.lvef_in_question": heart.lvef_in_question,
    "derived.radiotherapy_in_anti_her2_course": radiotherapy.in_anti_her2_course,
    "derived.bone_agents_together": bone_agents.bone_agents_together,
    "derived.bone_agent_listed_twice": bone_agents.bone_agent_listed_twice,
    "derived.bone_agent_stop_reason": bone_agents.stop_reason,
    "derived.elderly": renal.elderly,
    "derived.ret_fusion": ret.ret_fusion,
    "derived.ret_tested": ret.ret_tested,
    "derived.largest_metastasis_cm": hcc.largest_metastasis,
    "derived.prior_radiotherapy": hcc.prior_radiotherapy,
    "derived.prior_radiotherapy_sites": hcc.prior_radiotherapy_sites,
    "derived.non_small_cell_lung_cancer": tumour.non_small_cell_lung_cancer,
    "derived.advanced": tumour.advanced,
    "derived.oligometastatic_at_baseline": limited_disease.oligometastatic_at_baseline,
    "derived.oligoresidual": limited_disease.oligoresidual,
    "derived.oligoprogression": limited_disease.oligoprogression,
}

EFFECTIVE: Mapping[str, Mapping[str, Callable[[Facts, RecordedItem], Finding]]] = {
    "lesions": {
        "status": lesions.status,
        "symptomatic": lesions.symptomatic,
        "painful": lesions.painful,
        "pain_significant": lesions.pain_significant,
        "qol_impaired": lesions.qol_impaired,
        "impairs_systemic_tx": lesions.impairs_systemic_tx,
        "local_intervention_required": lesions.local_intervention_required,
        "structural_destruction": lesions.structural_destruction,
        "weight_bearing": lesions.weight_bearing,
        "critical_site": lesions.critical_site,
        "definite_lysis": lesions.definite_lysis,
        "solitary": lesions.solitary,
        "impending_fracture": lesions.impending_fracture,
        "spinal_instability": lesions.spinal_instability,
        "vertebral": lesions.vertebral,
        "only_bone_scan": lesions.only_bone_scan,
        "imaged_ct": lesions.imaged_ct,
        "imaged_mri": lesions.imaged_mri,
        "present_metastasis": metastases.present_metastasis,
        "planned_target": courses.planned_target,
        "sbrt_selected": courses.sbrt_selected,
        "irradiated": courses.irradiated,
    },
    "medications": {
        "drug": medications.drug,
        "class": medications.classes,
        "for_bone_metastasis": medications.for_bone_metastasis,
        "monthly": medications.monthly,
    },
    "radiotherapy": {
        "laterality": radiotherapy.laterality,
        "bed10_gy": radiotherapy.bed10,
        "vertebral": courses.vertebral,
        "holds_lung": courses.holds_lung,
    },
}
