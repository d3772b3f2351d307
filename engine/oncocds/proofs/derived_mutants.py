"""Mutants of derived facts: each table without a code or with one more, each number a step lower or higher.

And of what is due: each thing that is monitored without one of its dates, and its interval in another unit.

A mutant is killed where an example of a derived fact that uses the table or number comes out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from oncocds.derived_examples import what_is_wrong, what_is_wrong_with_due
from oncocds.proofs.mutations import without
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.monitoring import IntervalUnit, Monitoring

IMPLIED = "drug_class: implies"
_MONITORING = "monitoring: "


def table_subjects(vocabulary: Vocabulary) -> list[str]:
    """Return what can be changed: tables, numbers, what classes of drugs imply, and what is monitored."""
    fields = vocabulary.fields.values()
    used = [name for field in fields for name in (*field.tables, *field.numbers)]
    return [*dict.fromkeys(used), IMPLIED, *(f"{_MONITORING}{name}" for name in vocabulary.monitoring)]


def changed_tables(subject: str, vocabulary: Vocabulary) -> Iterator[tuple[str, Vocabulary]]:
    """Yield every small change of a table or number, with the vocabulary that has it."""
    if subject == IMPLIED:
        for one in vocabulary.implied_classes:
            classes = vocabulary.value_sets["drug_class"]
            members = {**classes.members, one: replace(classes.members[one], implies=None)}
            yield f"without {one}", _with(vocabulary, "drug_class", replace(classes, members=members))
        return
    if subject.startswith(_MONITORING):
        yield from _changed_monitoring(vocabulary.monitoring[subject.removeprefix(_MONITORING)], vocabulary)
        return
    number = vocabulary.numbers.get(subject)
    if number is not None:
        written = Decimal(f"{number.value:g}")
        step = Decimal(1).scaleb(min(0, int(written.as_tuple().exponent)))
        for value in (written - step, written + step):
            changed = {**vocabulary.numbers, subject: replace(number, value=float(value))}
            yield f"{value} instead of {written}", replace(vocabulary, numbers=changed)
        return
    of_set, _, group = subject.partition(".")
    values, codes = vocabulary.value_sets[of_set], vocabulary.codes(subject)
    beside = {code for table in _beside(subject, vocabulary) for code in vocabulary.codes(table)}
    others = [one.code for one in values.members.values() if not one.missing and one.code not in {*codes, *beside}]
    changes = [(f"without {one}", without(one, codes)) for one in codes]
    changes += [(f"with {one}", (*codes, one)) for one in others]
    for change, left in changes:
        yield change, _with(vocabulary, of_set, replace(values, groups={**values.groups, group: left}))


def _changed_monitoring(monitoring: Monitoring, vocabulary: Vocabulary) -> Iterator[tuple[str, Vocabulary]]:
    unit: IntervalUnit = "mo" if monitoring.unit == "d" else "d"
    changes = [(f"in '{unit}' instead of '{monitoring.unit}'", replace(monitoring, unit=unit))]
    dates = monitoring.dates
    changes += [(f"without {date}", replace(monitoring, dates=without(date, dates))) for date in dates]
    for change, mutant in changes:
        yield change, replace(vocabulary, monitoring={**vocabulary.monitoring, monitoring.id: mutant})


def notices(subject: str, changed: Vocabulary) -> bool:
    """Tell whether an example of a derived fact that uses a table or number comes out otherwise once it is changed."""
    if subject.startswith(_MONITORING):
        name = subject.removeprefix(_MONITORING)
        due_examples = changed.monitoring[name].examples
        return any(what_is_wrong_with_due(name, example, changed) is not None for example in due_examples)
    return any(
        what_is_wrong(fact, example, changed) is not None
        for fact, examples in changed.derived_examples.items()
        if _uses(fact, subject, changed)
        for example in examples
    )


def _uses(fact: str, subject: str, vocabulary: Vocabulary) -> bool:
    field = vocabulary.fields[fact]
    return subject in field.tables or subject in field.numbers or (subject == IMPLIED and fact == "medications.class")


def _beside(subject: str, vocabulary: Vocabulary) -> set[str]:
    """Return the other tables of the same value set that decide beside a table: what is in them is decided there."""
    of_set = subject.partition(".")[0]
    using = [field.tables for field in vocabulary.fields.values() if subject in field.tables]
    return {table for tables in using for table in tables if table.partition(".")[0] == of_set} - {subject}


def _with(vocabulary: Vocabulary, name: str, values: object) -> Vocabulary:
    return replace(vocabulary, value_sets={**vocabulary.value_sets, name: values})  # type: ignore[dict-item]
