"""Which answers are offered to a question, and which of them are tried once for all: of hundreds of drugs a few."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from oncocds.inference.supposing import Supposing
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.tree import Compare
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import PARTLY_KNOWN, Finding, Value, in_item
from oncocds.vocabulary.models import Field, Vocabulary

_DRUG = "medications.drug"


class Offered:
    """Lists answers; shared by threads."""

    def __init__(self, knowledge: Knowledge, supposing: Supposing) -> None:
        vocabulary = knowledge.vocabulary
        self._codes = {name: _codes_of(field, vocabulary) for name, field in vocabulary.fields.items()}
        named = {code for code, drug in vocabulary.drugs.items() if drug.named} | _asked_for(supposing)
        self._kinds: dict[Value, Hashable] = {
            code: code if code in named else frozenset(drug.classes) for code, drug in vocabulary.drugs.items()
        }

    def of(self, name: str, fact: str, facts: PatientFacts) -> Sequence[Value]:
        """Return the answers to a fact, by its field and its public path: those that the record does not exclude."""
        codes, match = self._codes[name], in_item(fact)
        item = None if match is None or match[3] not in PARTLY_KNOWN else facts.item(match[1], match[2])
        found = Finding(None) if item is None or match is None else item.finding(match[3])
        return codes if found.value is None else [code for code in codes if _may_be(code, found)]

    def kinds(self, name: str, facts: PatientFacts) -> Mapping[Value, Hashable] | None:
        """Return answers to a fact by what they come to, as far as that is known untried; None where it is of none.

        Drugs that nothing asks for by name are told apart by their classes, and by whether another entry is the same.
        """
        if name != _DRUG:
            return None
        there = {item.recorded("drug").value for item in facts.items("medications") or ()}
        return self._kinds | {code: code for code in there if code is not None}


def _may_be(code: Value, found: Finding) -> bool:
    """Tell whether what is known in part may be a code (of a set: hold the one)."""
    if isinstance(code, tuple):
        known = found.value if isinstance(found.value, tuple) else ()
        return all(one in found.open or one in known for one in code)
    return code in found.open


def _asked_for(supposing: Supposing) -> set[Value]:
    compared = supposing.compared(_DRUG, (1 << len(supposing.atoms)) - 1)
    parts = [leaf.value for leaf in compared if isinstance(leaf, Compare)]
    return {code for value in parts for code in (value if isinstance(value, tuple) else (value,))}


def _codes_of(field: Field, vocabulary: Vocabulary) -> tuple[Value, ...]:
    if field.type == "boolean":
        return (True, False)
    if field.value_set is None:
        return ()
    members = vocabulary.value_sets[field.value_set].members.values()
    codes = [one.code for one in members if not one.missing and not one.open]
    return tuple((code,) if field.type == "codes" else code for code in codes)
