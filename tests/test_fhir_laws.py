"""Laws of the mapping: always accepted, indifferent to order, every fact with its resource, nothing lost in silence."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_support import (
    AS_OF,
    ATC,
    ICD10,
    ICD10CM,
    LOCAL,
    LOINC,
    MCODE,
    RXNORM,
    SNOMED,
    bundle,
    concept,
    mapped,
    quantity,
)
from oncocds.engine import Engine
from oncocds.errors import InputError
from oncocds.profile.coverage import public_fields
from oncocds.profile.history import completed
from oncocds.profile.models import ITEM_LISTS, Cardiac
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle

Resource = dict[str, Any]
CODES = bundled_codes()
_URIS = {name: uri for uri, name in reversed(CODES.systems.items())}
_DATES = st.none() | st.sampled_from(
    [
        "2019",
        "2023-05",
        "2024-01-01",
        "2024-06-01",
        "2024-06-01T08:00:00+08:00",
        "2024-06-01T00:00:00Z",
        "2025-03-01",
        "2025-01-08",
        "2025-01-28",
    ]
)
_VALUES = st.sampled_from(
    [
        {},
        {"valueString": "3+"},
        {"valueString": "阳性"},
        {"valueBoolean": True},
        {"valueInteger": 2},
        {"valueCodeableConcept": concept(LOINC, "LA6576-8")},
        {"valueCodeableConcept": concept(SNOMED, "260385009")},
        {"valueQuantity": quantity(55, "%")},
        {"valueQuantity": quantity(1.1, "mg/dL")},
        {"valueQuantity": quantity(90, "umol/L")},
        {"valueQuantity": quantity(1e9, "kg")},
        {"valueQuantity": quantity(130, "[lb_av]")},
        {"valueQuantity": {"value": 4}},
        {"dataAbsentReason": {"text": "?"}},
        {"valueQuantity": quantity(120, "mm[Hg]")},
        {"valueQuantity": quantity(-4, "mmol/L")},
    ]
)


def _codes_of(*tables: str) -> st.SearchStrategy[Resource]:
    made: list[Resource] = []
    for name in tables:
        table = getattr(CODES, name)
        made += [concept(_URIS[system], code) for system, code in table.codes]
        made += [{"text": name} for name in table.names]
        made += [concept(_URIS[system], found[0][0]) for system, found in table.prefixes.items()]
    return st.sampled_from(made) | st.sampled_from([concept(SNOMED, "1"), {"text": "别的"}, {}, concept("x", "y")])


_FACTS = st.sampled_from(sorted(public_fields(bundled_vocabulary()))).map(lambda name: concept(LOCAL, name))
_STATUS = st.sampled_from(
    [
        "final",
        "final",
        "final",
        "preliminary",
        "entered-in-error",
        "active",
        "active",
        "completed",
        "stopped",
        "draft",
        "on-hold",
        "cancelled",
        "in-progress",
        "not-done",
        "intended",
        "unknown",
        "no such status",
    ]
)


def _made(kind: str, code_key: str, codes: st.SearchStrategy[Resource], **more: Any) -> st.SearchStrategy[Resource]:
    def named(fields: Resource) -> Resource:
        return {key: value for key, value in fields.items() if value is not None}

    return st.fixed_dictionaries({"resourceType": st.just(kind), code_key: codes, **more}).map(named)


def _status_of(words: list[str | None]) -> st.SearchStrategy[Resource | None]:
    return st.sampled_from([None if word is None else {"coding": [{"code": word}]} for word in words])


_SITES = st.lists(_codes_of("sites"), max_size=2)
_PERIODS = st.fixed_dictionaries({}, optional={"start": _DATES, "end": _DATES})
_RESOURCES = st.one_of(
    _made(
        "Condition",
        "code",
        _codes_of("tumours", "metastases", "findings"),
        recordedDate=_DATES,
        bodySite=_SITES,
        verificationStatus=_status_of([None, "confirmed", "confirmed", "provisional", "refuted", "entered-in-error"]),
        clinicalStatus=_status_of([None, "active", "active", "remission", "resolved"]),
    ),
    st.builds(
        lambda one, value: {**one, **value},
        _made("Observation", "code", _codes_of("observations") | _FACTS, status=_STATUS, effectiveDateTime=_DATES),
        _VALUES,
    ),
    _made(
        "MedicationRequest",
        "medicationCodeableConcept",
        _codes_of("drugs"),
        status=_STATUS,
        authoredOn=_DATES,
        intent=st.sampled_from(["order", "order", "plan", "proposal"]),
        reasonCode=st.lists(_codes_of("findings"), max_size=1),
    ),
    _made(
        "MedicationStatement",
        "medicationCodeableConcept",
        _codes_of("drugs"),
        status=_STATUS,
        effectivePeriod=_PERIODS,
    ),
    _made(
        "MedicationAdministration",
        "medicationCodeableConcept",
        _codes_of("drugs"),
        status=_STATUS,
        effectiveDateTime=_DATES,
    ),
    _made("MedicationDispense", "medicationCodeableConcept", _codes_of("drugs"), status=_STATUS, whenHandedOver=_DATES),
    _made("Procedure", "code", _codes_of("procedures"), status=_STATUS, performedPeriod=_PERIODS, bodySite=_SITES),
    _made("Procedure", "code", _codes_of("procedures"), status=_STATUS, performedDateTime=_DATES, bodySite=_SITES),
    _made("ServiceRequest", "code", _codes_of("procedures"), status=_STATUS, intent=st.just("order"), bodySite=_SITES),
)
_PATIENTS = st.fixed_dictionaries(
    {"resourceType": st.just("Patient"), "id": st.just("p")},
    optional={
        "gender": st.sampled_from(["male", "female", "other", "unknown", "x"]),
        "birthDate": st.sampled_from(["1960-05-04", "1960", "2024-12-31"]),
        "deceasedBoolean": st.booleans(),
    },
)


@st.composite
def records(draw: st.DrawFn) -> list[Resource]:
    found = draw(st.lists(_RESOURCES, max_size=12))
    return [draw(_PATIENTS), *({**resource, "id": f"r{number}"} for number, resource in enumerate(found))]


LAW = settings(max_examples=150)


@LAW
@given(records())
def test_a_mapped_profile_is_always_evaluated(resources: list[Resource]) -> None:
    found = mapped(*resources)
    evaluation = engine().evaluate(found.profile, as_of=AS_OF)
    told = [b.fact for item in evaluation.advice for ground in item.grounds for b in ground.because]
    assert all(path in found.sources for path in told if not path.startswith("policy."))


@LAW
@given(records(), st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(resources: list[Resource], chance: random.Random) -> None:
    shuffled = list(resources)
    chance.shuffle(shuffled)
    one, other = mapped(*resources), mapped(*shuffled)
    assert one.profile == other.profile
    assert one.sources == other.sources
    assert one.report() == other.report()


@LAW
@given(records())
def test_every_fact_knows_its_resource_and_every_resource_its_fate(resources: list[Resource]) -> None:
    found = mapped(*resources)
    known = {f"{resource['resourceType']}/{resource['id']}" for resource in resources}
    assert all(set(labels) <= known and labels for labels in found.sources.values())
    facts = {path for path in _paths(found.profile) if path.partition(".")[0] not in ("incomplete", "left_out")}
    assert facts <= set(found.sources)
    report = found.report()
    accounted = {label for labels in found.sources.values() for label in labels}
    accounted |= {label for one in report.unmapped for label in one.resources}
    accounted |= {label for one in report.plausibility for label in one.resources}
    assert known - {"Patient/p"} <= accounted


@LAW
@given(records())
def test_a_history_of_records_adds_nothing_but_the_lowest_lvef(resources: list[Resource]) -> None:
    profile = mapped(*resources).profile
    read = read_profile(profile, bundled_vocabulary())
    filled = completed(read, bundled_vocabulary(), AS_OF)
    assert filled.labs == read.labs
    added = {name: value for name, value in vars(filled.cardiac or Cardiac()).items() if value is not None}
    lowest = added.pop("lvef_nadir", None)
    assert lowest in (None, min((one["value"] for one in profile.get("history", ()) if one["of"] == "lvef"), default=0))
    assert added == profile.get("cardiac", {})


@LAW
@given(records())
def test_a_record_that_is_no_fact_can_be_left_out(resources: list[Resource]) -> None:
    whole = mapped(*resources)
    used = {label for labels in whole.sources.values() for label in labels}
    spoken = {label for one in whole.report().plausibility for label in one.resources}
    silent = (
        {
            label
            for one in whole.report().unmapped
            if one.reason
            in ("unknown-code", "no-fact", "entered-in-error", "cancelled", "refuted", "not-done", "no-code")
            for label in one.resources
        }
        - used
        - spoken
        - {label for one in whole.report().open_lists for why in one.because for label in why.resources}
        - {label for name in ITEM_LISTS for label in whole.remarks.records_left_out(name, used)}
    )
    kept = [one for one in resources if f"{one['resourceType']}/{one['id']}" not in silent]
    assert mapped(*kept).profile == whole.profile


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "x", "final", "2024-01-01", "Patient/p", "#a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["coding", "code", "system", "text", "value", "unit", "reference", "start", "extension", "url"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
_KEYS = [
    "id",
    "status",
    "code",
    "category",
    "bodySite",
    "meta",
    "extension",
    "component",
    "focus",
    "valueQuantity",
    "valueCodeableConcept",
    "interpretation",
    "referenceRange",
    "effectiveDateTime",
    "effectivePeriod",
    "subject",
    "medicationCodeableConcept",
    "medicationReference",
    "contained",
    "dosageInstruction",
    "dosage",
    "reasonCode",
    "reasonReference",
    "statusReason",
    "verificationStatus",
    "stage",
    "basedOn",
    "birthDate",
    "deceasedDateTime",
    "dispenseRequest",
    "performedPeriod",
    "modifierExtension",
    "intent",
    "doNotPerform",
    "method",
]


@settings(max_examples=300)
@given(
    st.lists(
        st.builds(
            lambda kind, parts: {"resourceType": kind, **parts},
            st.sampled_from(
                [
                    "Patient",
                    "Condition",
                    "Observation",
                    "MedicationRequest",
                    "MedicationStatement",
                    "Procedure",
                    "ServiceRequest",
                    "MedicationAdministration",
                    "Medication",
                    "OperationOutcome",
                    "Bundle",
                ]
            ),
            st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=8),
        ),
        max_size=4,
    )
)
def test_hostile_resources_are_refused_or_mapped(resources: list[Resource]) -> None:
    found, refused = attempted(bundle(*resources))
    assert all(pointer.startswith("/entry/") for pointer in refused)
    if found is not None:
        engine().evaluate(found.profile, as_of=AS_OF)


def attempted(document: Resource) -> tuple[Mapped | None, list[str]]:
    try:
        return map_bundle(collect(document), bundled_vocabulary(), CODES, AS_OF), []
    except InputError as error:
        return None, [problem.pointer for problem in error.problems]


def _paths(profile: Resource, prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in profile.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found.append(key)
            for item in value:
                found += [f"{key}[{item['id']}].{name}" for name in item if name != "id"]
        elif isinstance(value, dict):
            found += _paths(value, f"{prefix}{key}.")
        else:
            found.append(f"{prefix}{key}")
    return found


_ENGINE: list[Engine] = []


def engine() -> Engine:
    if not _ENGINE:
        _ENGINE.append(Engine.load())
    return _ENGINE[0]


def test_strategies_reach_what_they_are_about() -> None:
    assert ATC in _URIS.values()
    assert {RXNORM, ICD10, ICD10CM} <= set(_URIS.values())
    assert MCODE.startswith("http")
