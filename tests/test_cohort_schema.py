"""The columns of a file of patients are those of the profile, whatever a vocabulary adds to it."""

from __future__ import annotations

import dataclasses
import io
import json
from typing import Annotated, Any

import pyarrow as pa
import pytest
from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from cohort_support import VOCABULARY
from oncocds.cli import main
from oncocds.profile.codes import Count
from oncocds.profile.coverage import public_fields
from oncocds.profile.made import models_of
from oncocds_cohort.reading.checks import judge_of
from oncocds_cohort.reading.ndjson import Ndjson
from oncocds_cohort.schema import profile_schema
from oncocds_cohort.shape import Leaf, Listed, Part, Record, record_of, shape_of

SHAPE = shape_of(VOCABULARY)


def places(part: Part, path: str = "") -> Any:
    yield path, part
    if isinstance(part, Record):
        for name, inner in part.parts.items():
            yield from places(inner, f"{path}.{name}" if path else name)
    elif isinstance(part, Listed):
        yield from places(part.item, path)


def test_every_field_of_the_profile_is_a_column() -> None:
    leaves = {path for path, part in places(SHAPE) if isinstance(part, Leaf)}
    wanted = {name for name in public_fields(VOCABULARY) if not name.startswith("policy.") and name != "weight"}
    assert wanted <= leaves
    assert shape_of(VOCABULARY) is SHAPE  # made once: making it takes as long as answering two patients
    schema = profile_schema(VOCABULARY)
    assert schema.names == ["id", *models_of(VOCABULARY).profile.model_json_schema(by_alias=True)["properties"]]
    assert not schema.field("id").nullable
    assert schema.field("labs").type.field("calcium").type.field("value").type == pa.float64()
    assert schema.field("medications").type.value_type.field("class").type == pa.list_(pa.string())


def test_every_check_of_the_models_is_known_to_the_columns() -> None:
    """What is not is left to the engine's reader, whoever has it: that is right, but slow for all."""
    assert {path for path, part in places(SHAPE) if not part.exact} == set()


def test_a_check_that_the_columns_do_not_know_is_left_to_the_engines_reader() -> None:
    class Inner(BaseModel):
        odd: Annotated[float, Field(ge=0, le=9), AfterValidator(lambda value: value)] | None = None
        open: Annotated[float, Field(ge=0)] | None = None
        some: Annotated[list[str], AfterValidator(sorted)] | None = None
        plain: Count | None = None

    class Checked(Inner):
        @field_validator("plain")
        @classmethod
        def even(cls, value: int) -> int:
            return value

    class Whole(Inner):
        @model_validator(mode="after")
        def anything(self) -> Whole:
            return self

    parts = record_of(Inner).parts
    assert {name for name, part in parts.items() if not part.exact} == {"odd", "open", "some"}
    assert [record_of(one).exact for one in (Inner, Checked, Whole)] == [True, False, False]


def test_text_that_json_cannot_hold_is_left_to_the_engines_reader_whatever_a_field_asks() -> None:
    judge = judge_of(Leaf("string", str), {})
    assert judge(["a", "a\0", "b"]) == [True, False, True]
    assert judge(["b", "a\0"]) == [True, False]


def test_a_laboratory_test_of_the_vocabulary_is_a_column_and_is_checked() -> None:
    fields = {
        f"labs.ldh.{name}": dataclasses.replace(VOCABULARY.fields[f"labs.alp.{name}"], name=f"labs.ldh.{name}")
        for name in ("value", "date", "reference_low", "reference_high", "interpretation")
        if f"labs.alp.{name}" in VOCABULARY.fields
    }
    quantity = dataclasses.replace(
        VOCABULARY.quantities["albumin"],
        id="ldh",
        unit="U/L",
        factors={"U/L": 1.0},
        plausible=(1.0, 900.0),
        limits=None,
    )
    wider = dataclasses.replace(
        VOCABULARY,
        fields={**VOCABULARY.fields, **fields},
        quantities={**VOCABULARY.quantities, "ldh": quantity},
    )
    assert profile_schema(wider).field("labs").type.get_field_index("ldh") >= 0
    line = '{"id":"%s","patient":{"labs":{"ldh":{"value":%s,"unit":"U/L"}}}}\n'
    data = "".join([line % ("a", 250), line % ("b", 250_000)])
    (checked,) = Ndjson(wider).batches(io.BytesIO(data.encode()))
    assert checked.batch.column(0).to_pylist() == ["a"]
    assert [one.issues[0].pointer for one in checked.refused] == ["/labs/ldh/value"]
    (unknown,) = Ndjson(VOCABULARY).batches(io.BytesIO(data.encode()))
    assert [one.issues[0].pointer for one in unknown.refused] == ["/labs/ldh", "/labs/ldh"]


def test_the_command_prints_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "schema"]) == 0
    assert capsys.readouterr().out.startswith("id: string not null\nage: double\n")
    assert main(["cohort", "schema", "--format", "json"]) == 0
    columns = {one["name"]: one for one in json.loads(capsys.readouterr().out)["columns"]}
    assert columns["sex"]["codes"] == list(VOCABULARY.value_sets["sex"].members)
    assert columns["age"]["unit"] == "a"
    assert columns["lesions"]["type"] == "list<struct>"
    assert columns["lesions"]["most"] == 500
    assert columns["toxicities"]["parts"][1] == {
        "name": "term", "type": "string", "required": True, "label": {"zh": "毒副反应名称", "en": "toxicity term"}
    }  # fmt: skip
