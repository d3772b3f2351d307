"""What was recorded, as columns of the first layers: read as ``oncocds_cohort.columns.recorded`` reads a batch.

Each fact that is asked for is read once: codes that mean "unknown" become null, numbers doubles, days numbers, results
are in the vocabulary's units. Beside them stands what of it a statement cannot read as the engine does: whoever has
such a thing gets no verdicts, but its place.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable

from oncocds.profile.freshness import date_of, older_than
from oncocds.profile.models import ITEM_LISTS
from oncocds.profile.worlds import worlds
from oncocds.vocabulary.drug_classes import OTHER
from oncocds.vocabulary.models import Quantity, Vocabulary
from oncocds.vocabulary.printed_names import names_of
from oncocds_cohort.columns.terms import list_of
from oncocds_cohort.schema import ID
from oncocds_cohort.shape import Leaf, Listed, Part, Range, Record, shape_of
from oncocds_cohort.sql.dialects import Dialect, number
from oncocds_cohort.sql.folding import NOT_FOLDED, folded
from oncocds_cohort.sql.layers import ITEM, SOURCE, Layers, Piece, joined
from oncocds_cohort.sql.refusals import NotExpressibleError
from oncocds_cohort.sql.rounding import LARGEST, rounded

_DECIMALS = 4  # as of oncocds.profile.quantities.canonical
_READINGS = ("low", "normal", "high")
_LONG_AGO = datetime.date(1, 1, 1)


class Facts:
    """The recorded facts that a statement reads, each kept when it is first asked for."""

    def __init__(
        self, layers: Layers, dialect: Dialect, vocabulary: Vocabulary, months: int | None, as_of: datetime.date
    ) -> None:
        self._layers, self._dialect, self._vocabulary = layers, dialect, vocabulary
        self._shape = shape_of(vocabulary)
        self._worlds = worlds(vocabulary)[0]
        self._oldest = None if months is None else _oldest(months, as_of)
        self._kept: dict[str, Piece] = {}
        self._doubts: dict[str, list[Piece]] = {}
        self.doubt(ID, f"{SOURCE}.{dialect.quoted(ID)} IS NULL")
        self.doubt("history", f"{SOURCE}.{dialect.quoted('history')} IS NOT NULL")
        self._doubtful("medications.name", self._told_by_name())

    @property
    def doubts(self) -> dict[str, list[Piece]]:
        """By places of the profile: when what stands there is not read as the engine reads it."""
        return self._doubts

    def doubt(self, name: str, condition: str | Piece) -> None:
        """Leave a patient out under a condition (of the patient; a text is of the table itself)."""
        piece = Piece(condition) if isinstance(condition, str) else condition
        kept = self._layers.of_patient(f"doubt {sum(map(len, self._doubts.values()))}", piece)
        self._doubts.setdefault(name, []).append(kept)

    def identity(self) -> Piece:
        """Return the patient's id."""
        return self._layers.of_patient(ID, Piece(f"{SOURCE}.{self._dialect.quoted(ID)}"))

    def known(self, variable: str, name: str) -> Piece:
        """Return whether a fact is recorded, or a list or group."""
        field = self._vocabulary.fields.get(name)
        if name in ITEM_LISTS or field is None:
            return self._once("known", "", name, lambda: f"({self._path(name)} IS NOT NULL)")
        if field.type == "code":
            code = self.code(variable, name)
            return joined(f"({code.text} IS NOT NULL)", [code])
        return self._once("known", variable, name, lambda: f"({self._counted(name)} IS NOT NULL)")

    def code(self, variable: str, name: str) -> Piece:
        """Return a code, null where it is unknown; of a result what its value and limits say."""
        if name.startswith("labs.") and name.endswith(".interpretation"):
            return self._reading(name)
        return self._once("code", variable, name, lambda: self._code(name))

    def boolean(self, variable: str, name: str) -> Piece:
        """Return whether a fact is recorded as true."""
        return self._once("true", variable, name, lambda: f"coalesce({self._path(name)}, false)")

    def several(self, variable: str, name: str) -> Piece:
        """Return a set of codes or texts."""
        return self._once("set", variable, name, lambda: self._several(name))

    def plain(self, variable: str, name: str) -> Piece:
        """Return a text as it is recorded."""
        return self._once("text", variable, name, lambda: self._path(name))

    def lesions_have_ids(self) -> None:
        """Leave out whoever has a course that names lesions and a lesion without an id: the engine gives it one."""
        if "lesions.id" not in self._doubts:
            quoted, some = self._dialect.quoted, self._dialect.some
            nameless = some(self._path("lesions"), ITEM, f"{quoted(ITEM)}.{quoted('id')} IS NULL")
            naming = f"{self._dialect.length(self._path('radiotherapy.targets'))} > 0"
            self.doubt("lesions.id", f"({nameless} AND {some(self._path('radiotherapy'), ITEM, naming)})")

    def text(self, variable: str, name: str) -> Piece:
        """Return a text as it is compared."""
        return self._once("folded", variable, name, lambda: self._folded(name))

    def number(self, variable: str, name: str) -> Piece:
        """Return a number; of a day its number, of a measurement that in the vocabulary's unit."""
        if name == "weight":
            return self._measured("weight.value", "weight.unit", self._vocabulary.quantities["mass"])
        if self._vocabulary.fields[name].type == "date":
            return self._once("day", variable, name, lambda: self._day(name))
        if name.startswith("labs."):
            analyte = name.split(".")[1]
            return self._measured(name, f"labs.{analyte}.unit", self._vocabulary.quantities[analyte])
        return self._once("number", variable, name, lambda: self._number(name))

    def further(self, name: str) -> Piece:
        """Return whether a recorded list may have further items, or a recorded set further codes."""
        said = self._dialect.contains(self._path("incomplete"), self._dialect.text(name))
        if name in ITEM_LISTS:
            said = f"({said} OR coalesce({self._number(f'left_out.{name}')}, 0) > 0)"
        more = self._once("further", "", name, lambda: said)
        if "." in name:  # a fact, which is open as long as it is not recorded
            return more
        listed = self.known("", name)
        return joined(f"({listed.text} AND {more.text})", [listed, more])

    def _once(self, what: str, variable: str, name: str, made: Callable[[], str]) -> Piece:
        kept, of_list = f"{what} {name}", list_of(variable) if variable else ""
        if kept not in self._kept:
            piece = Piece(made())
            self._kept[kept] = (
                self._layers.of_item(of_list, ITEM, kept, piece) if of_list else self._layers.of_patient(kept, piece)
            )
        return self._layers.field(of_list, variable, kept, 1) if of_list else self._kept[kept]

    def _path(self, name: str) -> str:
        """Return where a fact stands in the table, or in the item that the first layer reads."""
        head, *rest = name.split(".")
        of_item = head in ITEM_LISTS and rest
        steps = [self._dialect.quoted(one) for one in (rest if of_item else [head, *rest])]
        return ".".join([self._dialect.quoted(ITEM) if of_item else SOURCE, *steps])

    def _part(self, name: str) -> Part:
        part: Part = self._shape
        for step in name.split("."):
            record = part.item if isinstance(part, Listed) else part
            if not isinstance(record, Record) or step not in record.parts:
                raise NotExpressibleError(f"no column is known for '{name}'")
            part = record.parts[step]
        return part

    def _told_by_name(self) -> str:
        """Return whether a drug is told by a name of the vocabulary alone; names in other words are not read."""
        drug, name, *classes = (
            self._path(f"medications.{one}") for one in ("drug", "name", "class", "has_class", "not_class")
        )
        by_name = f"coalesce({drug} = {self._dialect.text(OTHER)}, true)"
        known = {one.casefold() for _, one in names_of(self._vocabulary)}
        named = f"coalesce({folded(name, self._dialect)} IN ({self._texts(known)}), false)"
        return f"({' AND '.join([by_name, *(f'{one} IS NULL' for one in classes), named])})"

    def _doubtful(self, name: str, condition: str) -> None:
        """Leave out whoever has something doubtful at a place, be it in one item."""
        head, _, rest = name.partition(".")
        of_item = head in ITEM_LISTS and rest
        self.doubt(name, self._dialect.some(self._path(head), ITEM, condition) if of_item else condition)

    def _counted(self, name: str) -> str:
        """Return a fact, null where it is a result that is too old to count."""
        dating = date_of(name)
        if self._oldest is None or dating is None:
            return self._path(name)
        self._check_day(dating)
        date = self._path(dating)
        return f"(CASE WHEN {date} < {self._dialect.text(self._oldest)} THEN NULL ELSE {self._path(name)} END)"

    def _code(self, name: str) -> str:
        value_set = self._vocabulary.value_sets[self._vocabulary.fields[name].value_set or ""]
        path = self._path(name)
        self._doubtful(name, f"coalesce({path} NOT IN ({self._texts(value_set.members)}), false)")
        missing, counted = self._worlds[name].missing, self._counted(name)
        return f"(CASE WHEN {path} IN ({self._texts(missing)}) THEN NULL ELSE {counted} END)" if missing else counted

    def _texts(self, codes: Iterable[str]) -> str:
        return ", ".join(map(self._dialect.text, sorted(codes)))

    def _several(self, name: str) -> str:
        path, value_set = self._path(name), self._vocabulary.fields[name].value_set
        one = self._dialect.quoted("one")
        foreign = f"{one} IS NULL"
        if value_set is not None:
            members = self._vocabulary.value_sets[value_set].members
            foreign += f" OR coalesce({one} NOT IN ({self._texts(members)}), false)"
        self._doubtful(name, self._dialect.some(path, "one", foreign))
        return path

    def _folded(self, name: str) -> str:
        path = self._path(name)
        without = f"translate({path}, {self._dialect.text(NOT_FOLDED)}, '')"
        self._doubtful(name, f"coalesce({without} <> {path}, false)")
        return folded(path, self._dialect)

    def _day(self, name: str) -> str:
        self._check_day(name)
        return f"CAST({self._dialect.days(self._path(name))} AS DOUBLE)"

    def _check_day(self, name: str) -> None:
        if name not in self._doubts:
            path, string = self._path(name), self._dialect.string
            read = f"CAST(TRY_CAST({path} AS DATE) AS {string})"
            self._doubtful(name, f"({path} IS NOT NULL AND coalesce({read} <> {path}, true))")

    def _number(self, name: str) -> str:
        """Return a number as it is recorded, null where nobody's is such a one."""
        part = self._part(name)
        if not isinstance(part, Leaf):
            raise NotExpressibleError(f"'{name}' is no number in a file of patients")
        path, range_ = f"CAST({self._path(name)} AS DOUBLE)", part.range or Range(-LARGEST, LARGEST)
        above, below = (">" if range_.above else ">="), ("<" if range_.below else "<=")
        fine = f"{path} {above} {number(range_.low)} AND {path} {below} {number(range_.high)}"
        if part.kind == "integer":
            fine += f" AND {path} = floor({path})"
        if name not in self._doubts:
            self._doubtful(name, f"NOT coalesce({fine}, true)")
        return f"(CASE WHEN {fine} THEN {path} END)"

    def _measured(self, name: str, unit: str, quantity: Quantity) -> Piece:
        kept = f"measured {name}"
        if kept not in self._kept:
            value, of = self._path(name), self._path(unit)
            known = (
                f"coalesce({of} IN ({self._texts(quantity.factors)}), {'false' if name.endswith('value') else 'true'})"
            )
            self.doubt(unit, f"({value} IS NOT NULL AND NOT {known})")
            factors = " ".join(
                f"WHEN {self._dialect.text(one)} THEN {number(factor)}" for one, factor in quantity.factors.items()
            )
            of = f"coalesce({of}, {self._dialect.text(quantity.unit)})"  # limits may stand without a unit
            product = f"({self._number(name)} * CASE {of} {factors} END)"
            self._kept[kept] = self.rounded("", f"product {name}", Piece(product), _DECIMALS, kept)
        return self._kept[kept]

    def rounded(self, variable: str, name: str, piece: Piece, digits: int, kept: str) -> Piece:
        """Keep a number under a name, and rounded under another; who has one too large is left out."""
        of_list = list_of(variable) if variable else ""

        def keep(named: str, one: Piece) -> Piece:
            if of_list:
                return self._layers.of_item(of_list, variable, named, one)
            return self._layers.of_patient(named, one)

        exact = keep(name, piece)
        large = joined(f"coalesce(abs({exact.text}) > {number(LARGEST)}, false)", [exact])
        if of_list:
            items = self._layers.items(of_list)
            large = joined(self._dialect.some(items.text, variable, large.text), [large, items])
        self.doubt("a number too large to be rounded", large)
        return keep(kept, joined(rounded(exact.text, digits), [exact]))

    def _reading(self, name: str) -> Piece:
        """Return a laboratory reading: as recorded, else as value and limits have it (``oncocds.profile.limits``)."""
        kept = f"reading {name}"
        if kept in self._kept:
            return self._kept[kept]
        analyte = name.rpartition(".")[0]
        quantity = self._vocabulary.quantities[analyte.partition(".")[2]]
        recorded = self._once("code", "", name, lambda: self._code(name))
        value, counts = self.number("", f"{analyte}.value"), self.known("", f"{analyte}.value")
        lower, upper = (self.number("", f"{analyte}.reference_{one}") for one in ("low", "high"))
        (high, highest), (lowest, low) = (
            [limit.text if end is None else f"coalesce({limit.text}, {number(end)})" for end in range_ or (None, None)]
            for limit, range_ in ((upper, quantity.upper_limits), (lower, quantity.lower_limits))
        )
        normal = f"{value.text} <= {high} AND NOT coalesce({value.text} < {lowest}, false)"
        if self._worlds[name].unrecorded is None:
            normal += f" AND {value.text} >= {low}"
        text = (
            f"(CASE WHEN {recorded.text} IN ({self._texts(_READINGS)}) THEN {recorded.text} "
            f"WHEN NOT {counts.text} THEN NULL WHEN {value.text} > {highest} THEN 'high' "
            f"WHEN {value.text} < {lowest} THEN 'low' WHEN {normal} THEN 'normal' END)"
        )
        piece = joined(text, [recorded, value, counts, lower, upper])
        self._kept[kept] = self._layers.of_patient(kept, piece)
        return self._kept[kept]


def _oldest(months: int, as_of: datetime.date) -> str:
    """Return the oldest day that counts; as text days are in the order of the calendar."""
    low, high = _LONG_AGO.toordinal(), as_of.toordinal()
    while low < high:
        middle = (low + high) // 2
        if older_than(datetime.date.fromordinal(middle), months, as_of):
            low = middle + 1
        else:
            high = middle
    return datetime.date.fromordinal(low).isoformat()
