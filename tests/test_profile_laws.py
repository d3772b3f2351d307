"""What holds of every profile: it survives JSON, and no order of keys or lists makes a difference."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oncocds import Engine
from oncocds.profile.identity import identified, in_order, input_digest
from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.profile.reading import read_profile
from profile_strategies import PROFILES, VOCABULARY, Plain

_ID = re.compile(r"[\w.:-]{1,64}")


def shuffled(value: Any, order: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key], order) for key in order.sample(list(value), len(value))}
    if isinstance(value, list):
        return [shuffled(item, order) for item in order.sample(value, len(value))]
    return value


@settings(max_examples=150)
@given(PROFILES)
def test_profile_to_json_and_back_is_the_identity(patient: Plain) -> None:
    profile = read_profile(patient, VOCABULARY)
    assert read_profile(profile.model_dump_json(), VOCABULARY) == profile
    assert read_profile(profile.model_dump(mode="json"), VOCABULARY) == profile
    assert read_profile(json.dumps(patient), VOCABULARY) == profile
    assert read_profile(profile, VOCABULARY) is profile


@settings(max_examples=150)
@given(PROFILES, st.randoms(use_true_random=False))
def test_neither_ids_nor_digest_depend_on_any_order(patient: Plain, order: random.Random) -> None:
    one = identified(read_profile(patient, VOCABULARY))
    other = identified(read_profile(shuffled(patient, order), VOCABULARY))
    assert other == one
    assert other.model_dump_json() == one.model_dump_json()
    assert input_digest(other) == input_digest(one)


@settings(max_examples=150)
@given(PROFILES)
def test_every_item_gets_an_id_of_its_own_and_keeps_the_callers(patient: Plain) -> None:
    profile = identified(read_profile(patient, VOCABULARY))
    for name in ITEM_LISTS:
        items = getattr(profile, name)
        assert (items is None) == (name not in patient)
        if items is not None:
            ids = [item.id for item in items]
            assert len(set(ids)) == len(ids) == len(patient[name])
            assert ids == sorted(ids, key=in_order)
            assert all(_ID.fullmatch(identity) for identity in ids)
            assert {item["id"] for item in patient[name] if "id" in item} <= set(ids)


@settings(max_examples=100)
@given(PROFILES)
def test_being_identified_is_final(patient: Plain) -> None:
    profile = identified(read_profile(patient, VOCABULARY))
    assert identified(profile) == profile
    assert input_digest(identified(profile)) == input_digest(profile)


@settings(max_examples=100)
@given(PROFILES, st.data())
def test_what_is_null_is_what_is_not_there(patient: Plain, data: st.DataObject) -> None:
    absent = sorted(set(Profile.model_fields) - set(patient))
    nulls = data.draw(st.lists(st.sampled_from(absent), unique=True)) if absent else []
    with_nulls = read_profile({**patient, **dict.fromkeys(nulls)}, VOCABULARY)
    assert input_digest(with_nulls) == input_digest(read_profile(patient, VOCABULARY))


def test_a_group_in_which_nothing_is_recorded_is_what_is_not_there() -> None:
    written = ({}, {"labs": {}}, {"labs": {"calcium": {}}}, {"diagnosis": {}, "hcc": {"bclc": None}})
    assert len({input_digest(identified(read_profile(one, VOCABULARY))) for one in written}) == 1
    empty_list, absent = (input_digest(read_profile(one, VOCABULARY)) for one in ({"lesions": []}, {}))
    assert empty_list != absent


@settings(max_examples=100)
@given(st.sampled_from(["B", "L1-", "病灶", ""]), st.sets(st.integers(0, 999), min_size=2, max_size=8))
def test_ids_stand_as_people_count(name: str, numbers: set[int]) -> None:
    assert sorted((f"{name}{one}" for one in numbers), key=in_order) == [f"{name}{one}" for one in sorted(numbers)]


@settings(max_examples=100)
@given(st.sets(st.text("B01.x", max_size=4), min_size=2, max_size=6))
def test_no_two_ids_share_a_place(ids: set[str]) -> None:
    assert len({in_order(one) for one in ids}) == len(ids)


def test_lesions_of_an_answer_stand_as_people_count(engine: Engine) -> None:
    lesions = [{"id": f"B{at}", "organ": "bone", "status": "imaging_positive", "symptomatic": True} for at in range(11)]
    patient = {"diagnosis": {"tumour_type": "breast"}, "lesions": lesions}
    found = engine.evaluate(patient, as_of="2026-09-01")
    told = [line.line.zh for line in found.briefing if "B10" in line.line.zh]
    counted = "、".join(f"B{at}" for at in range(11))
    assert len(told) >= 2
    assert all(counted in line or "B0、B1、B2" in line for line in told), told
    of_items = [item.lesion for item in found.advice if item.lesion is not None]
    assert of_items[:11] == [f"B{at}" for at in range(11)]
