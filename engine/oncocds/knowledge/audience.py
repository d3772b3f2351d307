"""For whom a rule's words are: what a document says of its readers and what a rule says of its recipients decide."""

from __future__ import annotations

from typing import Literal

from oncocds.knowledge.models import Rule
from oncocds.sources.documents import Document

Audience = Literal["professional", "professional_and_patient"]
PATIENTS = {"patient", "family"}


def audience(rule: Rule, document: Document) -> Audience:
    """Return for whom a rule is; its labels stand in the value set ``audience`` of the vocabulary.

    Patients are among them only if all three agree: the rule is education, its document allows patient education, and
    its recipients name the patient or the family. Everything else is for professionals, who pass on what they see fit.
    """
    if rule.kind == "education" and document.patient_education and PATIENTS & {*rule.recipients}:
        return "professional_and_patient"
    return "professional"
