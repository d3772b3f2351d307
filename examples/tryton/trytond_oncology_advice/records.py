"""What the tables hold as FHIR R4 resources, which the mapping reads: the one part that another EHR writes anew."""

ICD10 = "http://hl7.org/fhir/sid/icd-10"
ATC = "http://www.whocc.no/atc"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def bundle(patient):
    """Return a patient's records as a Bundle; no name and no number of the patient's is in it."""
    resources = [
        _resource("Patient", patient, gender=patient.sex, birthDate=_day(patient.birth_date)),
        *map(_condition, patient.diagnoses),
        *map(_medication, patient.medications),
        *map(_observation, patient.results),
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def _condition(diagnosis):
    verification = "confirmed" if diagnosis.confirmed else "provisional"
    return _resource(
        "Condition",
        diagnosis,
        code=_concept(ICD10, diagnosis.code, diagnosis.name),
        clinicalStatus={"coding": [{"code": "active"}]},
        verificationStatus={"coding": [{"code": verification}]},
    )


def _medication(medication):
    return _resource(
        "MedicationRequest",
        medication,
        status=medication.status,
        intent="order",
        authoredOn=_day(medication.start),
        medicationCodeableConcept=_concept(ATC, medication.atc, medication.name),
    )


def _observation(result):
    return _resource(
        "Observation",
        result,
        status="final",
        code=_concept(LOINC, result.loinc),
        effectiveDateTime=_day(result.date),
        valueQuantity={"value": result.value, "unit": result.unit, "system": UCUM, "code": result.unit},
    )


def _concept(system, code, text=None):
    return _filled(coding=[{"system": system, "code": code}] if code else None, text=text)


def _resource(kind, record, **elements):
    return {"resourceType": kind, "id": str(record.id), **_filled(**elements)}


def _filled(**elements):
    return {name: value for name, value in elements.items() if value}


def _day(date):
    return date.isoformat() if date else None
