"""SQL says of every patient what columns say, or says that it does not; nothing of a site's knowledge breaks out."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort_agreement import EVERYTHING_SET, TODAY, Beside
from cohort_answered import batch_of
from cohort_sql import DUCKDB, SPARK, apart, both, columns, database, run
from cohort_support import patients as of_rules_and_scenarios
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.language.tree import All, Compare, Condition, Count, Known, Not, Quantified
from oncocds.language.tree import Any as Either
from oncocds.profile.made import models_of
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_cohort.columns import Plan
from oncocds_cohort.columns.terms import FALSE, Term, compared, exists, is_among, make, negation_of
from oncocds_cohort.sql import Statement, rounding
from oncocds_cohort.sql.dialects import number
from oncocds_cohort.sql.folding import NOT_FOLDED, folded
from oncocds_cohort.synthetic import made_up

Plain = dict[str, Any]
PLACE = "not_answered"
BREAST: Plain = {"diagnosis": {"tumour_type": "breast", "bone_metastases": True}}


@pytest.fixture(scope="module")
def sides(engine: Engine) -> dict[str, Beside]:
    return {"shipped": Beside.of(engine), "everything set": Beside.of(Engine.load(policy=EVERYTHING_SET))}


@pytest.fixture(scope="module")
def shipped(sides: dict[str, Beside]) -> Beside:
    return sides["shipped"]


@pytest.fixture(scope="module")
def statement(shipped: Beside) -> str:
    return Statement.of(shipped.plan, DUCKDB, ["patients"]).text


@pytest.fixture(scope="module")
def everybody(shipped: Beside, tmp_path_factory: pytest.TempPathFactory) -> pa.RecordBatch:
    """All examples and scenarios, made-up patients, and those for whom pairs, texts, limits and days decide."""
    known = [one for one in of_rules_and_scenarios() if "history" not in one]
    some = (patient for _, patient in made_up(shipped.engine.knowledge, 400, 5))
    (batch,) = shipped.batches([*known, *some, *_odd()], tmp_path_factory.mktemp("sql"))
    return batch


def _odd() -> Iterator[Plain]:
    for names in ("Aa", "AB", "Éé", "Σς"):
        agents = [{"drug": "other", "name": one, "class": "bone_modifying_agent", "status": "active"} for one in names]
        yield {**BREAST, "medications": agents}
    lesions = [{"id": one, "organ": "bone", "site": site, "status": "confirmed"} for one, site in _SITES]
    for targets in (["A"], ["B"], ["A", "B"], []):
        for open_ in ([], ["lesions"]):
            course = {"site": "bone", "status": "planned", "targets": targets, "dose_gy": 30, "fractions": 10}
            yield {**BREAST, "lesions": lesions, "radiotherapy": [course], "incomplete": open_}
    for operations in ([], ["mastectomy"], ["breast_conserving"], None):
        early = {"diagnosis": {"tumour_type": "breast", "extent": "early", "nodal_status": "negative"}}
        treated = {"biomarkers": {"her2_status": "positive"}, "treatment": {"phase": "adjuvant"}, "radiotherapy": []}
        for open_ in ([], ["surgeries"]):
            yield {**early, **treated, "surgeries": operations, "incomplete": open_}
    for name in models_of(bundled_vocabulary()).closed:
        for more in (
            {},
            {"skeletal_events": {"cord_compression": True}},
            {"labs": {"alp": {"interpretation": "high"}}},
        ):
            agent = {"drug": "zoledronate", "status": "active", "indication": "bone_metastasis"}
            yield {**BREAST, "medications": [agent], **more, "incomplete": [name]}
    for day in ("2024-12-31", "2025-01-01", "2025-01-02"):
        calcium = {"value": 2.9, "unit": "mmol/L", "reference_high": 2.52, "date": day}
        yield {**BREAST, "labs": {"calcium": calcium}, "cardiac": {"lvef_latest": 45, "echo_date": day}}
    for creatinine in (_creatinine(30), _creatinine(60)):
        for step in (-0.0001, -0.00005, 0, 0.00005, 0.0001):
            labs = {"creatinine": {"value": round(creatinine + step, 5), "unit": "umol/L"}}
            yield {**BREAST, "age": 70.5, "sex": "female", "weight": {"value": 51.05, "unit": "kg"}, "labs": labs}
    for value in (2.52, 2.52005, 2.52015, 2.5201, 2.1, 2.09995):
        calcium = {"value": value, "unit": "mmol/L", "reference_high": 2.52, "reference_low": 2.1}
        yield {**BREAST, "labs": {"calcium": calcium, "albumin": {"value": 40, "unit": "g/L"}}}
    for baseline, latest in ((62.5, 52.5), (62.5, 52.50001), (60, 49.9999999), (60.3, 50.3)):
        yield {**BREAST, "cardiac": {"lvef_baseline": baseline, "lvef_latest": latest}}
    begun = {"drug": "denosumab", "status": "stopped"}
    for stop in ("2025-03-01", "2025-03-02", None):
        other = {"drug": "zoledronate", "status": "active", "start_date": "2025-03-01"}
        yield {**BREAST, "medications": [{**begun, **({"stop_date": stop} if stop else {})}, other]}


_SITES = (("A", "cervical_spine"), ("B", "femur"))


def _creatinine(clearance: float) -> float:
    return (140 - 70.5) * 51.05 * 0.85 / (72 * clearance) * 88.4


@pytest.mark.parametrize("policy", ["shipped", "everything set"])
def test_verdicts_are_those_of_columns(sides: dict[str, Beside], everybody: pa.RecordBatch, policy: str) -> None:
    beside = sides[policy]
    made = Statement.of(beside.plan, DUCKDB, ["patients"])
    assert made.refused == {}
    assert made.rules == tuple(beside.engine.knowledge.conditions)
    said = run(made.text, everybody)
    assert {row[PLACE] for row in said} == {None}
    assert apart(said, columns(beside, everybody)) == []


CONDITIONS: list[Condition] = [
    Count("at least", 2, "medications", "drug", Compare("class", "is", "bone_modifying_agent")),
    Count("at most", 1, "medications", "drug", Not(Compare("class", "is", "bone_modifying_agent"))),
    Count("at least", 2, "lesions", None, Compare("painful", "is", True)),
    Quantified("every", "lesions", Either((Compare("organ", "is not", "bone"), Compare("imaging", "is", "ct")))),
    Quantified("no", "radiotherapy", All((Compare("dose_gy", ">", 30), Not(Known("targets", True))))),
    Either((Known("labs.calcium.date", True), Not(Compare("labs.calcium.value", ">=", 2.5)))),
]


def test_conditions_that_no_rule_of_today_has(shipped: Beside, everybody: pa.RecordBatch) -> None:
    """Counts of different values, and terms of whose kind the rules ask few."""
    read = [shipped.plan.reading.condition(one) for one in CONDITIONS]
    terms = {str(at): (one.true, one.false) for at, one in enumerate(read)}
    denosumab = is_among("medications?1", "medications.drug", ("denosumab",))
    ratio = make("/", make("num", "", "age"), make("-", make("num", "", "age"), make("num", "", "age")))
    terms["by zero"] = (compared(">", ratio, 1e9), compared("<=", ratio, 1e9))
    terms["of an item"] = (exists("medications?1", denosumab), FALSE)
    dose = make("round", make("/", make("num", "radiotherapy?1", "radiotherapy.dose_gy"), make("const", 7.0)), 4)
    terms["rounded of an item"] = (exists("radiotherapy?1", compared("=", dose, round(30 / 7, 4))), FALSE)
    said, wanted = both(shipped.plan, terms, everybody)
    assert apart(said, wanted) == []
    assert all("fires" in {row[name] for row in wanted} for name in terms)


def _computed(made: str, type_: pa.DataType, values: list[Any]) -> list[Any]:
    (batch,) = pa.table({"x": pa.array(values, type_)}).to_batches()
    return [row["made"] for row in run(f"SELECT {made} AS made FROM given", batch, "given")]


@settings(max_examples=12)
@given(
    st.lists(
        st.floats(-1e9, 1e9)
        | st.integers(-(10**8), 10**8).map(lambda one: one / 20000 + 0.00005)
        | st.integers(-(10**7), 10**7).map(lambda one: one / 16 + 0.5),
        min_size=100,
    ),
    st.sampled_from([0, 1, 4, 6]),
)
def test_numbers_are_rounded_as_python_does(values: list[float], digits: int) -> None:
    assert _computed(rounding.rounded("x", digits), pa.float64(), values) == [round(one, digits) for one in values]


@settings(max_examples=10)
@given(st.lists(st.floats(allow_nan=False), min_size=30))
def test_a_number_is_the_very_one(values: list[float]) -> None:
    (found,) = _computed(f"[{', '.join(map(number, values))}]", pa.int8(), [0])
    assert found == values


def test_letters_of_either_case_are_one_as_in_python() -> None:
    changed = [one for one in map(chr, range(sys.maxunicode + 1)) if one.casefold() != one]
    told = [one for one in changed if one not in NOT_FOLDED]
    assert len(told) > 1_000
    assert _computed(folded("x", DUCKDB), pa.string(), told) == [one.casefold() for one in told]
    texts = ["Zoledronsäure ÉΣς", "唑来膦酸 XGEVA", "a'b\\"]
    assert _computed(folded("x", DUCKDB), pa.string(), texts) == [one.casefold() for one in texts]


_BONE = {"organ": "bone", "site": "femur", "status": "confirmed"}
UNREADABLE: dict[str, Plain] = {
    "history": {"history": [{"of": "calcium", "date": "2025-11-01", "value": 2.9, "unit": "mmol/L"}]},
    "lesions.id": {"lesions": [_BONE], "radiotherapy": [{"site": "bone", "status": "planned", "targets": ["femur"]}]},
    "labs.calcium.unit": {"labs": {"calcium": {"value": 2.9, "unit": "mg"}}},
    "labs.calcium.value": {"labs": {"calcium": {"value": math.nan, "unit": "mmol/L"}}},
    "cardiac.lvef_latest": {"cardiac": {"lvef_latest": math.inf}},
    "hcc.n_intrahepatic": {"hcc": {"n_intrahepatic": 1.5}},
    "age": {"age": -1.0},
    "sex": {"sex": "femal"},
    "lesions.organ": {"lesions": [_BONE, {"organ": "bones"}]},
    "lesions.imaging": {"lesions": [{"organ": "bone", "imaging": ["ct", "x-ray"]}]},
    "medications.start_date": {"medications": [{"drug": "denosumab", "start_date": "2025-3-1"}]},
    "medications.stop_date": {"medications": [{"drug": "denosumab", "stop_date": "2025-02-30"}]},
    "medications.name": {"medications": [{"drug": "other", "name": "Groß"}]},
}
NAMED = ({"drug": "other", "name": "择泰"}, {"drug": "other", "name": "ZOMETA"}, {"name": "赫赛汀"})


def test_who_cannot_be_read_has_no_verdict_but_the_place(shipped: Beside, statement: str) -> None:
    batch = batch_of(shipped.engine, {"fine": BREAST, **{one: {**BREAST, **more} for one, more in UNREADABLE.items()}})
    (fine, *others) = run(statement, batch)
    assert apart([fine], columns(shipped, batch.slice(0, 1))) == []
    assert [row[PLACE] for row in others] == list(UNREADABLE)
    assert {verdict for row in others for name, verdict in row.items() if name not in ("id", PLACE)} == {None}


def test_who_has_a_drug_that_its_name_alone_tells_has_no_verdict_but_the_place(shipped: Beside, statement: str) -> None:
    told: list[Plain] = [{**one, "not_class": []} for one in NAMED[:2]]
    told += [{"drug": "zoledronate", "name": "择泰"}, {"drug": "other", "name": "某药"}, {"name": "某药"}, {}]
    patients = {str(at): {**BREAST, "medications": [one]} for at, one in enumerate((*NAMED, *told))}
    rows = run(statement, batch_of(shipped.engine, patients))
    assert [row[PLACE] for row in rows] == ["medications.name"] * len(NAMED) + [None] * len(told)


CODE = "it's; DROP TABLE \"patients\" \\' ${x} `y` --"


@pytest.fixture(scope="module")
def foreign(shipped: Beside) -> Plan:
    """A plan of a site whose vocabulary has a code that looks like SQL."""
    knowledge = shipped.engine.knowledge
    sexes = knowledge.vocabulary.value_sets["sex"]
    member = replace(next(iter(sexes.members.values())), code=CODE)
    sets = {**knowledge.vocabulary.value_sets, "sex": replace(sexes, members={**sexes.members, CODE: member})}
    other = replace(knowledge, vocabulary=replace(knowledge.vocabulary, value_sets=sets))
    return Plan.of(other, shipped.engine.policy, as_of=TODAY)


def test_no_code_breaks_out(foreign: Plan, shipped: Beside) -> None:
    batch = batch_of(shipped.engine, {"one": {"sex": CODE}, "other": {"sex": "female"}})
    asked = is_among("", "sex", (CODE,))
    said, wanted = both(foreign, {'a "rule" `of` theirs': (asked, negation_of(asked))}, batch)
    assert said == [{**row, PLACE: None} for row in wanted]
    assert [row['a "rule" `of` theirs'] for row in said] == ["fires", "silent"]


def test_spark_is_given_a_code_by_its_bytes(foreign: Plan) -> None:
    """Whatever a backslash or a dollar means by its settings."""
    asked = is_among("", "sex", (CODE,))
    text = Statement.of_terms(foreign, {"R`1": (asked, negation_of(asked))}, SPARK, ["a`b", "c"]).text
    assert CODE.encode().hex().upper() in text
    assert not [one for one in ("DROP", "\\", "$") if one in text]
    assert "AS `R``1`" in text
    assert "FROM `a``b`.`c` AS p" in text


def test_a_table_may_have_any_name(shipped: Beside, everybody: pa.RecordBatch) -> None:
    asked = is_among("", "sex", ("female",))
    name = 'patients" AS p; DROP TABLE "x'
    text = Statement.of_terms(shipped.plan, {"R": (asked, negation_of(asked))}, DUCKDB, [name]).text
    assert len(run(text, everybody, name)) == everybody.num_rows


def test_what_has_no_spelling_is_refused_by_the_rule(shipped: Beside, everybody: pa.RecordBatch) -> None:
    finely = make("round", make("*", make("num", "", "age"), make("const", 1.5)), 12)
    strange = make("strange", "age")
    terms: dict[str, tuple[Term, Term]] = {
        "finely": (compared("<", finely, 1), FALSE),
        "strange": (FALSE, negation_of(strange)),
        "fine": (is_among("", "sex", ("female",)), FALSE),
    }
    made = Statement.of_terms(shipped.plan, terms, DUCKDB, ["patients"])
    assert made.rules == ("fine",)
    assert made.refused["finely"] == "a number is rounded to 12 digits; 0 to 6 can be said exactly"
    assert made.refused["strange"] == "'strange' has no spelling"
    assert run(made.text, everybody)[0].keys() == {"id", "fine", PLACE}


def test_spark_is_asked_for_nothing_of_duckdb(shipped: Beside) -> None:
    text = Statement.of(shipped.plan, SPARK, ["patients"]).text
    assert not [one for one in ("list_", "struct_pack", "lambda", "date_diff", "VARCHAR", '"') if one in text]


def test_the_command_prints_what_runs(statement: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "sql", "--dialect", "duckdb", "--as-of", TODAY.isoformat()]) == 0
    printed, told = capsys.readouterr()
    assert told == ""
    heads = [one.split(":")[0] for one in printed.splitlines() if one.startswith("-- ")]
    assert heads == ["-- oncocds cohort sql, for duckdb", "-- knowledge", "-- policy", "-- engine", "-- as of"]
    assert printed.partition("\nWITH ")[2] == f"{statement.removeprefix('WITH ')};\n"
    assert len(database().extract_statements(printed)) == 1


def test_the_command_names_the_rules_that_it_leaves_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounding, "_MOST_DIGITS", 4)
    assert main(["cohort", "sql", "--dialect", "spark", "--table", "ward.patients"]) == 1
    printed, told = capsys.readouterr()
    refused = [one.removeprefix("oncocds: ") for one in told.splitlines()]
    assert refused
    for one in refused:
        said, rule, why = one.split(": ")
        assert (said, why) == ("not expressible", "a number is rounded to 6 digits; 0 to 4 can be said exactly")
        assert f"-- {one}\n" in printed
        assert f"AS `{rule}`" not in printed
    assert "FROM `ward`.`patients` AS p" in printed


@pytest.mark.parametrize("table", ["", "a..b", "a\nb"])
def test_a_name_that_is_none_is_refused(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "sql", "--dialect", "duckdb", "--table", table]) == 2
    assert "it names no table" in capsys.readouterr().err
