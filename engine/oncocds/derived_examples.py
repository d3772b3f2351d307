"""The examples of derived facts and of what is due, run under one vocabulary or another."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from oncocds.errors import InputError, Issue
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import Finding
from oncocds.profile.identity import identified
from oncocds.profile.models import ITEM_LISTS
from oncocds.profile.monitoring import due
from oncocds.profile.reading import read_date, read_policy, read_profile
from oncocds.reading.marks import issue_in
from oncocds.vocabulary.derived_examples import DerivedExample
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.monitoring import DueExample

FILE = "rules/vocabulary/derived_examples.yaml"
_MONITORING = "rules/vocabulary/monitoring.yaml"
_AS_OF = datetime.date(2026, 6, 1)  # no derived fact reads it; results keep whatever age they have


def failed_derived(vocabulary: Vocabulary) -> Iterator[Issue]:
    """Run the examples of derived facts and yield those that come out otherwise, and facts without any."""
    for name, field in vocabulary.fields.items():
        if field.derivation is not None and not vocabulary.derived_examples.get(name):
            yield issue_in(field.mark.path if field.mark else FILE, field.mark, f"{name}: no example of it")
    for name, examples in vocabulary.derived_examples.items():
        for number, example in enumerate(examples, start=1):
            wrong = what_is_wrong(name, example, vocabulary)
            if wrong is not None:
                yield issue_in(FILE, example.mark, f"{name}: example {number}{wrong}")


def failed_due(vocabulary: Vocabulary) -> Iterator[Issue]:
    """Run the examples of what is due and yield those that come out otherwise."""
    for name, one in vocabulary.monitoring.items():
        for number, example in enumerate(one.examples, start=1):
            wrong = what_is_wrong_with_due(name, example, vocabulary)
            if wrong is not None:
                yield issue_in(_MONITORING, example.mark, f"{name}: example {number}{wrong}")


def what_is_wrong_with_due(name: str, example: DueExample, vocabulary: Vocabulary) -> str | None:
    """Return how something comes due otherwise than its example says; None where it does not."""
    try:
        profile = identified(read_profile(example.given, vocabulary))
        policy, day = read_policy(example.policy, vocabulary), read_date(example.as_of)
    except InputError as error:
        return f" is refused: {error}"
    told = due(PatientFacts(profile, policy, vocabulary, day), vocabulary.monitoring[name])
    found = "nothing is said" if told is None else _due(told.last, told.due, told.overdue, told.asks)
    last, next_ = (None if one is None else read_date(one) for one in (example.last, example.due))
    overdue = example.overdue if next_ is not None else None
    expected = "nothing is said" if example.silent else _due(last, next_, overdue, example.asks)
    return None if found == expected else f": {found}, expected {expected}"


def _due(last: datetime.date | None, day: datetime.date | None, overdue: bool | None, asks: tuple[str, ...]) -> str:
    if last is None:
        return f"asks for {', '.join(asks)}"
    return f"last {last}, due {day}{', overdue' if overdue else ''}"


def what_is_wrong(name: str, example: DerivedExample, vocabulary: Vocabulary) -> str | None:
    """Return how a fact comes out otherwise than its example says; None where it does not."""
    try:
        finding = _finding(name, example, vocabulary)
    except InputError as error:
        return f" is refused: {error}"
    if finding is None:
        return f": no item '{example.of}', or not one alone"
    if finding.value != example.value or isinstance(finding.value, bool) is not isinstance(example.value, bool):
        return f": {_shown(finding.value)}, expected {_shown(example.value)}"
    asked = [fact for fact in example.asks if fact not in finding.missing]
    return f" does not ask for {', '.join(asked)}" if asked else None


def _finding(name: str, example: DerivedExample, vocabulary: Vocabulary) -> Finding | None:
    profile = identified(read_profile(example.given, vocabulary))
    facts = PatientFacts(profile, read_policy(example.policy, vocabulary), vocabulary, _AS_OF)
    of_list, _, field = name.partition(".")
    if of_list not in ITEM_LISTS:
        return facts.finding(name)
    items = [item for item in facts.items(of_list) or () if example.of in (None, item.id)]
    return items[0].finding(field) if len(items) == 1 else None


def _shown(value: object) -> str:
    return "unknown" if value is None else str(value)
