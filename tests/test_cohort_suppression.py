"""Small cells are not published, and nobody who knows how that is done can work them out within a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

from oncocds_cohort.outputs.suppression import Suppression, row

Cells = tuple[int, int, int]


def splits(total: int) -> Iterator[Cells]:
    """Yield every way in which so many patients can fire, be undetermined and be silent."""
    for fires in range(total + 1):
        for undetermined in range(total + 1 - fires):
            yield fires, undetermined, total - fires - undetermined


@pytest.mark.parametrize("least", [3, 5])
def test_nobody_can_work_out_a_small_cell_of_a_row(least: int) -> None:
    by = Suppression(least)
    for total in range(least, 3 * least + 2):
        seen: dict[object, set[tuple[int, ...]]] = defaultdict(set)
        for fires, undetermined, silent in splits(total):
            for active in range(fires + 1):
                told = row(total, fires, silent, active, {}, by)
                shown = (told.fires, told.undetermined, told.silent, told.active)
                seen[shown].add((fires, undetermined, silent, active, fires - active))
        for shown, possible in seen.items():
            for at in range(5):
                values = {one[at] for one in possible}
                assert len(values) > 1 or not by.small(min(values)), (total, shown, at)


@pytest.mark.parametrize("least", [3, 5])
def test_nobody_can_work_out_who_lacks_a_fact(least: int) -> None:
    by = Suppression(least)
    for total in range(least, 3 * least + 2):
        seen: dict[object, set[tuple[int, int]]] = defaultdict(set)
        for fires, undetermined, silent in splits(total):
            for lacking in range(undetermined + 1):
                told = row(total, fires, silent, 0, {"age": lacking}, by)
                shown = (told.fires, told.undetermined, told.silent, told.missing.get("age"))
                seen[shown].add((lacking, undetermined - lacking))
        for shown, possible in seen.items():
            for at in range(2):
                values = {one[at] for one in possible}
                assert len(values) > 1 or not by.small(min(values)), (total, shown, at)


def test_of_fewer_patients_than_a_cell_may_count_nothing_is_published() -> None:
    told = row(4, 1, 1, 1, {"age": 2}, Suppression(5))
    assert (told.fires, told.undetermined, told.silent, told.active, told.missing) == (None, None, None, None, {})


def test_large_cells_stay() -> None:
    told = row(1000, 300, 600, 280, {"age": 100, "sex": 99, "labs.calcium": 2}, Suppression(5))
    assert (told.fires, told.undetermined, told.silent, told.active) == (300, 100, 600, 280)
    assert told.missing == {"age": 100}  # of "sex" the rest would be one patient


@pytest.mark.parametrize("least", [3, 5])
def test_nobody_can_work_out_a_small_part_beside_another(least: int) -> None:
    by = Suppression(least)
    for whole in range(least, 4 * least):
        seen: dict[object, set[Cells]] = defaultdict(set)
        for first, second, rest in splits(whole):
            seen[by.beside(first, second, whole)].add((first, second, rest))
        for shown, possible in seen.items():
            for values in zip(*possible, strict=True):
                assert len(set(values)) > 1 or not by.small(values[0]), (whole, shown)


def test_a_second_cell_goes_with_a_small_one() -> None:
    by = Suppression(5)
    assert by.split(2, 98, 900) == (None, 98, None)
    assert by.split(98, 2, 900) == (98, None, None)
    assert by.split(98, 900, 2) == (98, None, None)
    assert by.split(2, 1, 997) == (None, None, None)  # 3 could be spread in one way only
    assert by.split(2, 98, 0) == (None, None, None)
    assert by.split(0, 100, 900) == (0, 100, 900)  # nobody is nobody's secret


def test_everything_is_published_where_that_is_set() -> None:
    told = row(4, 1, 1, 1, {"age": 2}, Suppression(0))
    assert (told.fires, told.undetermined, told.silent, told.active, told.missing) == (1, 2, 1, 1, {"age": 2})
