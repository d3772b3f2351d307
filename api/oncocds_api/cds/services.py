"""The services and what each asks to be prefetched; what discovery tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import quote

from oncocds.text import Language, Text

Hook = Literal["patient-view", "order-select", "order-sign"]
ORDER_HOOKS: tuple[Hook, ...] = ("order-select", "order-sign")
_PATIENT = "{{context.patientId}}"


@dataclass(frozen=True, slots=True)
class Template:
    """A FHIR query to prefetch.

    ``required``: without it no advice is given (412). ``whole``: a first page alone is not enough, since a diagnosis
    that is not there counts as not made. ``lists`` are the lists of the profile that stay open without it; of several
    templates for a list without which no advice is given, one is enough.
    """

    key: str
    query: str
    required: bool = False
    whole: bool = False
    lists: tuple[str, ...] = ()

    def query_for(self, patient: str) -> str:
        """Return the query for a patient's id."""
        return self.query.replace(_PATIENT, quote(patient, safe=""))


@dataclass(frozen=True, slots=True)
class Service:
    """A service: one id, the hooks it answers, and how it is described."""

    id: str
    hooks: tuple[Hook, ...]
    title: Text
    description: Text


_DRUGS, _RADIOTHERAPY = ("medications",), ("radiotherapy",)
# Diagnoses decide what applies, medications what must not be: without them an answer would be a guess. Medications that
# are missing in part, and procedures, leave their list open; results leave facts unknown. The answer says both.
TEMPLATES = (
    Template("patient", f"Patient/{_PATIENT}", required=True),
    Template("conditions", f"Condition?patient={_PATIENT}&_count=200", required=True, whole=True, lists=("lesions",)),
    Template("medicationRequests", f"MedicationRequest?patient={_PATIENT}&_count=200", lists=_DRUGS),
    Template("medicationStatements", f"MedicationStatement?patient={_PATIENT}&_count=200", lists=_DRUGS),
    Template("medicationAdministrations", f"MedicationAdministration?patient={_PATIENT}&_count=200", lists=_DRUGS),
    Template("medicationDispenses", f"MedicationDispense?patient={_PATIENT}&_count=200", lists=_DRUGS),
    Template("observations", f"Observation?patient={_PATIENT}&_sort=-date&_count=200"),
    Template("procedures", f"Procedure?patient={_PATIENT}&_count=200", lists=_RADIOTHERAPY),
    Template("serviceRequests", f"ServiceRequest?patient={_PATIENT}&_count=200", lists=_RADIOTHERAPY),
)
MEDICATION_KEYS = frozenset(template.key for template in TEMPLATES if template.lists == _DRUGS)
_PATIENT_VIEW = Service(
    "oncocds-patient",
    ("patient-view",),
    Text("肿瘤规则建议：患者", "Oncology rules: patient"),
    Text(
        "打开病历时，给出来源文献对这位患者的建议、禁忌与需要补充的资料；每条都附原文出处。供医务人员参考。",
        "When a chart is opened: what the source documents say about this patient, each with its passage, and"
        " which data would decide more. For clinicians.",
    ),
)
_ORDERS = Service(
    "oncocds-orders",
    ORDER_HOOKS,
    Text("肿瘤规则建议：医嘱", "Oncology rules: orders"),
    Text(
        "开立和签署医嘱时，只提示与医嘱草稿有关的禁忌和注意事项，以及急症；违反禁忌的草稿可一键撤销。",
        "While orders are chosen and signed: only what bears on the drafts, and emergencies; a draft that"
        " breaks a contraindication can be withdrawn.",
    ),
)
# One address for each hook, for clients that know a service by its address alone: they would call it for one hook only.
_PER_HOOK = tuple(replace(_ORDERS, id=f"oncocds-{hook}", hooks=(hook,)) for hook in ORDER_HOOKS)
SERVICES: Mapping[str, Service] = {service.id: service for service in (_PATIENT_VIEW, _ORDERS, *_PER_HOOK)}


def offered(*, per_hook: bool) -> Mapping[str, Service]:
    """Return the services of a server by id; with ``per_hook`` each hook has a service of its own."""
    return {service.id: service for service in (_PATIENT_VIEW, *(_PER_HOOK if per_hook else (_ORDERS,)))}


_REQUIREMENTS = Text(
    "必需：patient、conditions，以及medicationRequests、medicationStatements、medicationAdministrations、medicationDispenses"
    "中至少一项（预取，或经允许名单内的fhirServer读取）；否则返回412。",
    "Required: patient, conditions and one at least of medicationRequests, medicationStatements,"
    " medicationAdministrations and medicationDispenses, prefetched or through an allow-listed fhirServer; else 412.",
)


def discovery(language: Language, services: Mapping[str, Service]) -> dict[str, Any]:
    """Return what discovery answers: an entry for each service and hook."""
    prefetch = {template.key: template.query for template in TEMPLATES}
    return {
        "services": [
            {
                "hook": hook,
                "title": service.title.in_(language),
                "description": service.description.in_(language),
                "id": service.id,
                "prefetch": prefetch,
                "usageRequirements": _REQUIREMENTS.in_(language),
            }
            for service in services.values()
            for hook in service.hooks
        ]
    }
