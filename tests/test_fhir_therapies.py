"""Therapies, not orders: what all records of a drug together say of its use."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given as given_that
from hypothesis import strategies as st

from fhir_support import (
    AS_OF,
    ICD10,
    SNOMED,
    ago,
    concept,
    condition,
    fact,
    given,
    implausible,
    mapped,
    patient,
    procedure,
    reasons,
    request,
    statement,
)
from oncocds.engine import Engine
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.contradictory import add_contradictions
from oncocds_fhir.mapping import Mapped

Resource = dict[str, Any]
BONE, OSTEOPOROSIS = concept(SNOMED, "94222008"), concept(ICD10, "M81.0")
TRASTUZUMAB, DENOSUMAB = "曲妥珠单抗", "denosumab"


def cycles(*days: int, status: str = "completed", drug: str = TRASTUZUMAB) -> list[Resource]:
    return [request(f"c{n}", drug, status, authoredOn=ago(one)) for n, one in enumerate(days)]


def supply(identity: str, drug: str, when: str, status: str = "completed", **fields: Any) -> Resource:
    made = {**statement(identity, drug, status), "whenHandedOver": when, **fields}
    return {**made, "resourceType": "MedicationDispense"}


def status_of(found: Mapped, drug: str = "trastuzumab") -> Any:
    return fact(found, f"medications[{drug}].status")


def test_cycles_ordered_one_by_one_are_one_course_that_goes_on() -> None:
    found = mapped(*cycles(69, 48, 27, 6))
    assert found.profile["medications"] == [
        {"id": "trastuzumab", "drug": "trastuzumab", "status": "active", "start_date": ago(69)}
    ]
    assert found.sources["medications[trastuzumab].status"] == [f"MedicationRequest/c{n}" for n in range(4)]
    assert "doses-as-running" in [one.id for one in found.report().assumptions]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((69, 48, 27, 6), "active"),
        ((27, 6), "active"),
        ((6,), None),  # the first of several, or the only one
        ((300, 6), None),
        ((81, 60), None),  # overdue: nobody says that it is over
        ((300, 279, 258), "completed"),
        ((300,), "completed"),
    ],
)
def test_how_long_ago_the_last_cycle_was_decides(days: tuple[int, ...], expected: str | None) -> None:
    orders = mapped(*cycles(*days))
    assert status_of(orders) == expected
    assert ("given-recently" in reasons(orders)) is (expected is None)
    doses = mapped(*(given(f"g{n}", TRASTUZUMAB, ago(one)) for n, one in enumerate(days)))
    assert status_of(doses) == ("active" if expected == "active" else None)  # doses never say that it is over
    supplies = mapped(*(supply(f"d{n}", TRASTUZUMAB, ago(one)) for n, one in enumerate(days)))
    assert status_of(supplies) == status_of(doses)


def test_the_interval_is_that_of_the_drug() -> None:
    """Denosumab is given every four weeks or every six months: five months after a dose nobody knows."""
    assert status_of(mapped(*cycles(180, 150, drug=DENOSUMAB)), "denosumab") is None
    assert status_of(mapped(*cycles(180, 150, drug="pembrolizumab")), "pembrolizumab") == "completed"
    assert status_of(mapped(*cycles(90, 62, 34, drug=DENOSUMAB)), "denosumab") == "active"


def test_a_recent_dose_keeps_an_ended_order_from_ending_the_therapy() -> None:
    order = request("o", TRASTUZUMAB, "completed", authoredOn=ago(300))
    assert status_of(mapped(order)) == "completed"
    assert status_of(mapped(order, given("g", TRASTUZUMAB, ago(6)))) is None
    assert status_of(mapped(order, supply("d", TRASTUZUMAB, ago(6)))) is None
    assert status_of(mapped(order, given("g", TRASTUZUMAB, ago(27)), given("h", TRASTUZUMAB, ago(6)))) == "active"
    assert status_of(mapped(order, given("g", TRASTUZUMAB, ago(290)))) == "completed"
    stopped = request("o", TRASTUZUMAB, "stopped", authoredOn=ago(20))
    assert status_of(mapped(stopped, given("g", TRASTUZUMAB, ago(6)))) is None
    why = {"statusReason": {"text": "不良反应"}}
    assert status_of(mapped({**stopped, **why, "authoredOn": ago(3)}, given("g", TRASTUZUMAB, ago(6)))) == "stopped"


def test_a_statement_ends_a_therapy_and_a_later_dose_puts_it_in_doubt() -> None:
    ended = statement("s", TRASTUZUMAB, "stopped", effectivePeriod={"start": ago(100), "end": ago(5)})
    assert status_of(mapped(*cycles(48, 27, 6), ended)) == "stopped"
    assert status_of(mapped(ended, given("g", TRASTUZUMAB, ago(1)))) is None


@pytest.mark.parametrize("status", ["stopped", "completed"])
@pytest.mark.parametrize("when", [ago(300), ago(100), ago(10)])
def test_an_order_that_ended_ends_no_therapy_while_another_is_active(status: str, when: str) -> None:
    found = mapped(request("a", DENOSUMAB, authoredOn=ago(100)), request("b", DENOSUMAB, status, authoredOn=when))
    assert status_of(found, "denosumab") == "active"
    assert ("stopped-beside-active" in reasons(found)) is (status == "stopped" and when != ago(300))


@pytest.mark.parametrize(
    "records",
    [
        [request("a", DENOSUMAB), statement("b", DENOSUMAB, "stopped", dateAsserted=ago(10))],
        [request("a", DENOSUMAB, authoredOn=ago(10)), statement("b", DENOSUMAB, "stopped")],
        [request("a", DENOSUMAB), request("b", DENOSUMAB, "stopped", authoredOn=ago(10))],
        [request("a", DENOSUMAB, authoredOn=ago(10)), request("b", DENOSUMAB, "stopped")],
    ],
)
def test_what_has_no_date_is_neither_newer_nor_older(records: list[Resource]) -> None:
    found = mapped(*records)
    assert status_of(found, "denosumab") is None
    assert "undated-beside-dated" in reasons(found)


def test_an_indication_belongs_to_its_own_order() -> None:
    old = request("p", "Prolia", "completed", authoredOn="2018-02-01", reasonCode=[OSTEOPOROSIS])
    found = mapped(request("x", "安加维", authoredOn=ago(100)), old)
    assert {(one["status"], one.get("indication")) for one in found.profile["medications"]} == {
        ("active", None), ("completed", "osteoporosis"),
    }  # fmt: skip
    both = mapped(request("x", DENOSUMAB), request("p", DENOSUMAB, reasonCode=[OSTEOPOROSIS]))
    assert {one.get("indication") for one in both.profile["medications"]} == {None, "osteoporosis"}


def test_a_dose_is_for_what_its_order_is_for() -> None:
    orders = [
        request("b", DENOSUMAB, authoredOn=ago(90), reasonCode=[BONE]),
        request("o", DENOSUMAB, "completed", authoredOn=ago(900), reasonCode=[OSTEOPOROSIS]),
    ]
    dose = {**given("g", DENOSUMAB, ago(10)), "request": {"reference": "MedicationRequest/b"}}
    found = mapped(*orders, dose)
    assert "MedicationAdministration/g" in found.sources["medications[denosumab-bone_metastasis]"]
    assert len(found.profile["medications"]) == 2


def hints(found: Mapped, engine: Engine) -> list[str]:
    add_contradictions(found, engine.policy, bundled_vocabulary(), AS_OF)
    return implausible(found)


@pytest.mark.parametrize(
    ("one", "other", "twice"),
    [
        ("安加维 120mg/1.7ml", "Prolia 60 mg", True),
        ("Xgeva", "denosumab", False),
        ("denosumab", "denosumab", False),
        ("Zometa", "唑来膦酸注射液", False),
        ("zoledronate", "zoledronic acid 4 mg", False),
        ("Zometa", "Aclasta", True),
        ("安加维", "Xgeva", False),
        ("狄诺塞麦", "Xgeva", False),
        ("地诺单抗", "安加维", False),
        ("狄诺塞麦", "普罗力", False),
        ("择泰", "Zometa 4 mg", False),
        ("密固达", "Reclast", False),
        ("密固达", "择泰", True),
        ("Aclasta", "择泰", True),
        ("博优倍", "Xgeva", True),
        ("氯膦酸二钠", "Bonefos", False),
        # Seen in no public file as names of one product: 邦罗力 is Bondronat in one and Bonviva in another.
        ("邦罗力", "Bonviva", True),
        ("阿可达", "Aredia", True),
    ],
)
@pytest.mark.parametrize("status", ["active", "draft"])
def test_two_products_of_one_bone_agent_are_two_items(
    engine: Engine, one: str, other: str, twice: bool, status: str
) -> None:
    found = mapped(request("x", one, authoredOn=ago(40)), request("p", other, status, authoredOn=ago(9)))
    assert len(found.profile["medications"]) == (2 if twice else 1)
    assert ("same-bone-agent-twice" in hints(found, engine)) is twice


@pytest.mark.parametrize(
    ("one", "other", "items"),
    [("赫赛汀", "Herceptin", 1), ("赫赛汀", "曲妥珠单抗", 1), ("弗隆", "Femara", 1), ("赫赛汀", "汉曲优", 2)],
)
def test_a_chinese_and_a_latin_brand_of_a_substance_may_be_one_product(one: str, other: str, items: int) -> None:
    found = mapped(request("a", one, authoredOn=ago(40)), request("b", other, authoredOn=ago(9)))
    assert len(found.profile["medications"]) == items


def test_zoledronate_once_a_year_is_one_therapy() -> None:
    """The last infusion that was carried out within a year leaves open whether the therapy goes on."""
    for days, expected in ((300, None), (366, None), (400, "completed")):
        infusion = request("z", "密固达 5 mg/100 ml", "completed", authoredOn=ago(days))
        assert status_of(mapped(infusion), "zoledronate") == expected


def test_bone_agents_at_different_doses_are_two_products() -> None:
    def order(identity: str, value: int) -> Resource:
        dose = [{"doseAndRate": [{"doseQuantity": {"value": value, "unit": "mg"}}]}]
        return request(identity, DENOSUMAB, authoredOn=ago(20), dosageInstruction=dose)

    assert len(mapped(order("a", 120), order("b", 60)).profile["medications"]) == 2
    assert len(mapped(order("a", 120), order("b", 120)).profile["medications"]) == 1


def bounds(**repeat: Any) -> Resource:
    return {"dosageInstruction": [{"timing": {"repeat": repeat}}]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (bounds(boundsPeriod={"end": ago(200)}), "completed"),
        (bounds(boundsPeriod={"end": ago(-9)}), "active"),
        (bounds(boundsPeriod={"end": ago(0)}), "active"),
        (bounds(boundsPeriod={"end": ago(20)}), None),  # so short ago that the next order may be on its way
        (bounds(boundsDuration={"value": 14, "code": "d"}), "completed"),
        (bounds(boundsDuration={"value": 2, "unit": "years"}), "active"),
        ({"dispenseRequest": {"validityPeriod": {"end": ago(200)}}}, "completed"),
        ({"dispenseRequest": {"validityPeriod": {"end": ago(-200)}}}, "active"),
    ],
)
def test_an_order_ends_with_the_period_it_is_for(fields: Resource, expected: str | None) -> None:
    found = mapped(request("r", "letrozole", authoredOn=ago(400), **fields))
    assert status_of(found, "letrozole") == expected
    assert ("period-ended" in reasons(found)) is (expected != "active")


def test_a_statement_ends_with_its_period() -> None:
    found = mapped(statement("s", "letrozole", effectivePeriod={"start": ago(900), "end": ago(300)}))
    assert fact(found, "medications[letrozole]") == {
        "id": "letrozole", "drug": "letrozole", "status": "completed", "start_date": ago(900), "stop_date": ago(300),
    }  # fmt: skip
    assert reasons(found) == {"period-ended": ["MedicationStatement/s"]}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", {"status-not-stated"}),
        ("in-progress", {"status-not-stated"}),
        ("declined", {"not-done"}),
        ("cancelled", {"cancelled"}),
        ("on-hold", {"status-unclear"}),
        ("given", {"unknown-status"}),
    ],
)
def test_supplies_are_read(status: str, expected: set[str]) -> None:
    found = mapped(supply("d", DENOSUMAB, ago(100), status))
    assert set(reasons(found)) == expected
    assert ("medications" in found.profile) is (expected <= {"status-not-stated", "status-unclear"})


def test_a_supply_counts_while_it_lasts() -> None:
    order = request("o", "letrozole", "completed", authoredOn=ago(400))
    for days, expected in ((360, None), (90, "completed")):
        record = supply("d", "letrozole", ago(300), daysSupply={"value": days, "unit": "days", "code": "d"})
        assert status_of(mapped(order, record), "letrozole") == expected


def medication(**fields: Any) -> Resource:
    return {"resourceType": "Medication", "id": "m", **fields}


def ingredient(name: str, **fields: Any) -> Resource:
    return {"itemCodeableConcept": {"text": name}, **fields}


@pytest.mark.parametrize(
    ("product", "drugs"),
    [
        (medication(ingredient=[ingredient("zoledronic acid")]), {"zoledronate"}),
        (medication(ingredient=[ingredient("唑来膦酸"), ingredient("氯化钠")]), {"zoledronate"}),
        (medication(ingredient=[ingredient("氯化钠")]), {"sodium_chloride"}),
        (medication(ingredient=[ingredient("trastuzumab"), ingredient("denosumab", isActive=False)]), {"trastuzumab"}),
        (medication(ingredient=[ingredient("pertuzumab"), ingredient("trastuzumab")]), {"pertuzumab", "trastuzumab"}),
        (medication(code={"text": "院内输液 7"}, ingredient=[ingredient("denosumab")]), {"denosumab"}),
        (medication(code={"text": "denosumab"}, ingredient=[ingredient("zoledronate")]), {"denosumab"}),
    ],
)
@pytest.mark.parametrize("contained", [True, False])
def test_the_ingredients_of_a_medication_name_it_where_its_code_does_not(
    product: Resource, drugs: set[str], contained: bool
) -> None:
    order = request("r", "x", medicationReference={"reference": "#m" if contained else "Medication/m"})
    order.pop("medicationCodeableConcept")
    records = [{**order, "contained": [product]}] if contained else [order, product]
    assert {one["drug"] for one in mapped(*records).profile["medications"]} == drugs


_RECORDS = st.lists(
    st.builds(
        lambda kind, status, when: kind(status, when),
        st.sampled_from(
            [
                lambda status, when: request("x", TRASTUZUMAB, status, authoredOn=when),
                lambda status, when: statement("x", TRASTUZUMAB, status, effectivePeriod={"start": when}),
                lambda _, when: given("x", TRASTUZUMAB, when),
                lambda _, when: supply("x", TRASTUZUMAB, when),
            ]
        ),
        st.sampled_from(["active", "completed", "stopped", "on-hold"]),
        st.integers(0, 400).map(ago),
    ),
    min_size=1,
    max_size=5,
)


@given_that(_RECORDS, st.randoms(use_true_random=False))
def test_no_end_is_certain_while_an_order_runs_or_a_dose_is_recent(
    records: list[Resource], chance: random.Random
) -> None:
    numbered = [{**record, "id": f"r{number}"} for number, record in enumerate(records)]
    found = mapped(*numbered)
    chance.shuffle(numbered)
    assert mapped(*numbered).profile == found.profile
    (item,) = found.profile["medications"]
    ends = [one for one in records if one["resourceType"] == "MedicationStatement" and one["status"] != "active"]
    running = any(one["resourceType"] == "MedicationRequest" and one["status"] == "active" for one in records)
    if running and not ends:
        assert item.get("status") not in ("stopped", "completed")
    assert not (item.get("status") == "active" and all(one["status"] == "stopped" for one in records))


def test_the_list_of_usual_intervals_is_complete_and_ordered() -> None:
    gaps = bundled_codes().gaps
    assert {"any", "radiotherapy", "denosumab", "zoledronate"} <= set(gaps)
    assert all(0 < gap.usual <= gap.longest and gap.source for gap in gaps.values())
    assert bundled_codes().gap("letrozole") == gaps["any"]


def test_two_bone_agents_of_which_one_order_was_stopped_alarm(engine: Engine) -> None:
    records = [
        patient(gender="female"), condition("p", concept(ICD10, "C50.9")), condition("b", BONE),
        request("z1", "唑来膦酸", authoredOn=ago(90)), request("z2", "唑来膦酸", "stopped", authoredOn=ago(60)),
        request("d", "地舒单抗", authoredOn=ago(9)),
    ]  # fmt: skip
    assert engine.evaluate(mapped(*records).profile, as_of=AS_OF).verdicts["BCBM-62"] == "fires"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"effectiveDateTime": ago(0)}, "active"),
        ({"effectivePeriod": {"start": ago(2), "end": ago(1)}}, None),
        ({"effectiveDateTime": ago(400)}, None),
    ],
)
def test_a_dose_that_nobody_closed_is_a_dose_given(times: Resource, expected: str | None) -> None:
    dose = {**given("g", TRASTUZUMAB, ago(0), "in-progress"), **times}
    if "effectivePeriod" in times:
        dose.pop("effectiveDateTime")
    found = mapped(dose)
    assert status_of(found) == expected
    assert ("period-ended" in reasons(found)) is (expected is None)


def _dosed(value: int | None) -> Resource:
    quantity = {"value": value, "unit": "mg"}
    return {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": quantity}]}]} if value else {}


_PRODUCTS = st.builds(
    lambda drug, status, when, dose, reason: request(
        "x", drug, status, authoredOn=ago(when), **_dosed(dose), **({"reasonCode": [reason]} if reason else {})
    ),
    st.sampled_from(["Xgeva", "Prolia", "denosumab", "地舒单抗 120mg"]),
    st.sampled_from(["active", "active", "draft", "completed", "stopped"]),
    st.integers(0, 300),
    st.sampled_from([None, 60, 120]),
    st.sampled_from([None, None, BONE, OSTEOPOROSIS]),
) | st.integers(0, 300).map(lambda when: given("x", DENOSUMAB, ago(when)))
_PLACES = st.sampled_from([[], [{"text": "左乳"}], [{"text": "脑"}], [{"text": "左乳"}, {"text": "脑"}]])
_LINKS = st.just({}) | st.integers(0, 5).map(lambda number: {"partOf": [{"reference": f"Procedure/r{number}"}]})
_RAYS = st.builds(
    lambda status, day, place, link: procedure(
        "x", {"text": "放疗"}, status, performedDateTime=ago(day), bodySite=place, **link
    ),
    st.sampled_from(["completed", "completed", "in-progress", "preparation", "stopped"]),
    st.integers(0, 20),
    _PLACES,
    _LINKS,
)


@given_that(st.lists(_PRODUCTS, max_size=6) | st.lists(_RAYS, max_size=6), st.randoms(use_true_random=False))
def test_no_record_is_lost_and_their_order_does_not_matter(records: list[Resource], chance: random.Random) -> None:
    numbered = [{**record, "id": f"r{number}"} for number, record in enumerate(records)]
    found = mapped(*numbered)
    told = {label for labels in found.sources.values() for label in labels}
    told |= {label for one in found.report().unmapped for label in one.resources}
    assert told >= {f"{record['resourceType']}/{record['id']}" for record in numbered}
    chance.shuffle(numbered)
    again = mapped(*numbered)
    assert (again.profile, again.sources, again.report()) == (found.profile, found.sources, found.report())
