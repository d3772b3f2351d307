"""Drugs that no rule can tell apart: of hundreds of codes a proof needs a few.

A rule, a note or a derived fact asks of a drug whether it is one that is named, which classes it has, and whether two
items have the same drug. So of the drugs with the same classes that nothing names, as many as a list has items stand
for all of them. What asks for a drug that was left out is an error (see ``smt``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import conditions_of, other_conditions
from oncocds.language import references
from oncocds.language.tree import Compare
from oncocds.vocabulary.models import ValueSet, Vocabulary

_DRUG = "drug"


def told_apart(knowledge: Knowledge, items: int, recorded: Collection[str] = ()) -> Vocabulary:
    """Return the vocabulary with the drugs that can be told apart among so many items, and those recorded."""
    vocabulary = knowledge.vocabulary
    named = {drug.code for drug in vocabulary.drugs.values() if drug.named} | {"other"} | set(named_drugs(knowledge))
    kept = dict.fromkeys(code for code in vocabulary.drugs if code in named or code in recorded)
    alike: Counter[frozenset[str]] = Counter()
    for drug in vocabulary.drugs.values():
        classes = frozenset(drug.classes)
        if drug.code not in kept and alike[classes] < items:
            alike[classes] += 1
            kept[drug.code] = None
    members = vocabulary.value_sets[_DRUG].members
    drugs = {code: drug for code, drug in vocabulary.drugs.items() if code in kept}
    values = ValueSet(_DRUG, {code: member for code, member in members.items() if code in kept}, {})
    return replace(vocabulary, drugs=drugs, value_sets={**vocabulary.value_sets, _DRUG: values})


def named_drugs(knowledge: Knowledge) -> Iterator[str]:
    """Yield the drugs that some condition of the knowledge names."""
    own = (condition for rule in knowledge.rules.values() for _, condition in conditions_of(rule))
    for condition in (*own, *(condition for *_, condition in other_conditions(knowledge))):
        for part in references.walk(condition):
            if isinstance(part, Compare) and part.fact.rpartition(".")[2] == _DRUG:
                yield from map(str, part.value if isinstance(part.value, tuple) else (part.value,))
