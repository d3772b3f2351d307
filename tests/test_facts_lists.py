"""Derived facts walk lists through the combinators alone: absent, empty and incomplete lists are read one way."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from pathlib import Path

import pytest

from facts_support import facts_of
from oncocds.profile import derived, lists
from oncocds.profile.finding import Finding, Item
from oncocds.profile.kleene import equals
from oncocds.profile.pairs import Alike

ROOM = Path(inspect.getfile(derived)).parent
_LIST = ("items", "incomplete")


def walks(source: str) -> list[int]:
    """The lines that read a list: ``facts.items("lesions")``, not ``mapping.items()``."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in _LIST and not _of_mapping(node, source)
    ]


def _of_mapping(node: ast.Attribute, source: str) -> bool:
    calls = (one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call))
    return any(
        isinstance(one.func, ast.Attribute)
        and (one.func.lineno, one.func.col_offset, one.func.attr) == (node.lineno, node.col_offset, "items")
        and not one.args
        and not one.keywords
        for one in calls
    )


@pytest.mark.parametrize("module", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_no_derived_fact_walks_a_list_by_itself(module: Path) -> None:
    found = walks(module.read_text("utf-8"))
    places = ", ".join(f"{module.name}:{line}" for line in found)
    assert not found, (
        f"{places}: a derived fact reads a list by itself; say it of one item and use any_item, any_pair, tally … of "
        "oncocds/profile/lists.py, which read absent and incomplete lists the one way"
    )


def test_a_walk_is_seen() -> None:
    assert walks('lesions = facts.items("lesions")') == [1]
    assert walks("walk = facts.items\nwalk(name)") == [1]
    assert walks("for name, part in mapping.items():\n    pass") == []


def _in_bone(lesion: Item) -> Finding:
    return equals(lesion.finding("organ"), "bone")


def test_absent_empty_and_incomplete_lists() -> None:
    liver, bone, nothing = {"id": "l", "organ": "liver"}, {"id": "b", "organ": "bone"}, {"id": "n"}
    opened = {"incomplete": ["lesions"]}
    for profile, expected in (
        ({}, Finding(None, (), ("lesions",))),
        ({"lesions": []}, Finding(False, ("lesions",))),
        ({"lesions": [], **opened}, Finding(None, (), ("lesions",))),
        ({"lesions": [liver]}, Finding(False, ("lesions[l].organ",))),
        ({"lesions": [liver], **opened}, Finding(None, (), ("lesions",))),
        ({"lesions": [liver, nothing], **opened}, Finding(None, (), ("lesions[n].organ", "lesions"))),
        ({"lesions": [liver, bone], **opened}, Finding(True, ("lesions[b].organ",))),
    ):
        assert lists.any_item(facts_of(profile), "lesions", _in_bone) == expected, profile
    counted = lists.tally(facts_of({"lesions": [liver, bone, nothing], **opened}), "lesions", _in_bone)
    assert (len(counted.sure), len(counted.open), counted.possible, counted.most) == (1, 2, 2, float("inf"))
    counted = lists.tally(facts_of({"lesions": [liver, bone, nothing]}), "lesions", _in_bone)
    assert (len(counted.sure), len(counted.open), counted.possible, counted.most) == (1, 1, 2, 2)


def test_items_named_by_id_are_decided_whatever_else_an_incomplete_list_holds() -> None:
    facts = facts_of({"lesions": [{"id": "l", "organ": "liver"}], "incomplete": ["lesions"]})
    assert lists.any_of_these(facts, "lesions", ("l",), _in_bone).value is False
    assert lists.any_of_these(facts, "lesions", ("l", "other"), _in_bone).missing == ("lesions",)


def test_pairs_of_an_incomplete_list_may_be_of_items_that_are_not_recorded() -> None:
    def alike(one: Item, two: Item) -> Finding:
        return Finding(one.finding("organ").value == two.finding("organ").value, (one.path, two.path))

    def each(items: Sequence[Item]) -> Alike:
        return lambda _: [1 << other for other in range(len(items))]

    bones = [{"id": name, "organ": organ} for name, organ in (("a", "bone"), ("b", "bone"), ("c", "liver"))]
    assert lists.any_pair(facts_of({"lesions": bones, "incomplete": ["lesions"]}), "lesions", alike, each).value is True
    assert lists.any_pair(facts_of({"lesions": bones[1:]}), "lesions", alike, each).value is False
    opened = facts_of({"lesions": bones[1:], "incomplete": ["lesions"]})
    assert lists.any_pair(opened, "lesions", alike, each) == Finding(None, (), ("lesions",))
