"""No two drugs share a name or a code, and every name of a drug is read as that drug."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint, place
from oncocds.vocabulary.models import Drug
from oncocds.vocabulary.printed_names import names_of, printed_names

DRUGS = "rules/vocabulary/drugs.yaml"


class DrugNames(Lint):
    """A name means one drug, however it is printed."""

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check every name of every drug."""
        drugs, names = knowledge.vocabulary.drugs, printed_names(knowledge.vocabulary)
        for code, name in names_of(knowledge.vocabulary):
            meant = names.names[names.clean(name)]
            if meant != code:
                yield _at(drugs[code], f"the name '{name}' is taken: once cleaned it means '{meant}'")
            elif (inside := names.inside(name)).one not in (code, None, *drugs[code].of) and inside.whole:
                yield _at(
                    drugs[code], f"the name '{name}' is taken: without what is printed around it means '{inside.one}'"
                )
            elif names.drug(f"{name} 1 mg") != code:
                yield _at(drugs[code], f"the name '{name}' is not read as this drug: it holds a word of printed.yaml")


class DrugCodes(Lint):
    """A code means one drug; a whole group holds no other drug's code."""

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check every code of every drug."""
        taken: dict[tuple[str, str], Drug] = {}
        groups = [
            (system, code[:-1], drug)
            for drug in knowledge.vocabulary.drugs.values()
            for system, codes in drug.codes.items()
            for code in codes
            if code.endswith("*")
        ]
        for drug in knowledge.vocabulary.drugs.values():
            for system, codes in drug.codes.items():
                for code in codes:
                    other = taken.setdefault((system, code), drug)
                    within = (one for of, group, one in groups if of == system and code.startswith(group))
                    other = next((one for one in (other, *within) if one is not drug), drug)
                    if other is not drug:
                        yield _at(drug, f"the {system} code {code} is taken: it means '{other.code}'")


def _at(drug: Drug, message: str) -> Issue:
    return place(DRUGS, drug.mark, f"{drug.code}: {message}")
