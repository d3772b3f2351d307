"""What the words of profile, policy and rules mean: fields, value sets, drugs, units — data, never code."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from oncocds.reading.marks import Mark
from oncocds.text import Language, Text
from oncocds.vocabulary.derived_examples import DerivedExample
from oncocds.vocabulary.monitoring import Monitoring
from oncocds.vocabulary.notes import Notes
from oncocds.vocabulary.topics import TopicOf

FieldType = Literal["boolean", "code", "codes", "number", "integer", "text", "texts", "date"]
World = Literal["input", "override", "default", "closed", "policy", "derived"]
Origin = Literal["source", "convention", "local policy"]
Change = Literal["any", "onward", "never"]


@dataclass(frozen=True, slots=True)
class Member:
    """One value of a closed value set; ``named`` tells values the documents name from local extensions."""

    code: str
    label: Text
    synonyms: tuple[str, ...] = ()
    named: bool = True
    missing: bool = False  # "unknown": a clinician says so; the same as not recorded
    open: bool = False  # recorded, and yet no answer: a test not done or pending may still give one
    implies: str | None = None  # what belongs to this belongs to that member, too


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A closed set of codes, with named groups of them that rules may use after ``in``."""

    id: str
    members: Mapping[str, Member]
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug the vocabulary knows: all the classes it belongs to, its names, whether the documents name it.

    ``codes`` are its codes by system (``atc``, ``rxnorm``; one that ends in ``*`` is a whole group), ``of`` the
    ingredients of a fixed combination, ``seen`` the sources in which its line was seen.
    """

    code: str
    label: Text
    classes: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    named: bool = False
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    mark: Mark | None = field(default=None, compare=False, repr=False)  # where it is written

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return (self.code, self.label.zh, self.label.en, *self.synonyms)


@dataclass(frozen=True, slots=True)
class PrintedWords:
    """The words that are printed around the names of drugs, by what they do (see ``printed_names``).

    ``carriers`` are drugs that others are dissolved in; ``traditional`` gives the simplified form of a character.
    """

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doses: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    traditional: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitRange:
    """The ranges in which an adult's lower and upper reference limit can lie: a convention, with where it was seen.

    They stand in for a limit that nobody recorded: beyond the far end a result is beyond any laboratory's limit.
    """

    lower: tuple[float, float] | None
    upper: tuple[float, float] | None
    source: Text


@dataclass(frozen=True, slots=True)
class Quantity:
    """A kind of measurement: preferred UCUM unit, accepted units with the factor to it, plausible range in it.

    ``plausible_in`` is a narrower plausible range of values given in one unit, in that unit: what lies outside was
    measured in another. ``limits`` is the narrower range within which a laboratory's own reference limits lie, where a
    limit in the wrong unit would go unnoticed otherwise; ``limit_range`` what is assumed of a limit not recorded.
    ``offered`` is the narrower range in which a value is told as a change of a patient that would change a verdict.
    """

    id: str
    unit: str
    factors: Mapping[str, float]
    plausible: tuple[float, float]
    limits: tuple[float, float] | None = None
    plausible_in: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    limit_range: LimitRange | None = None
    offered: tuple[float, float] | None = None

    @property
    def lower_limits(self) -> tuple[float, float] | None:
        """Where an adult's lower limit can lie, None where nothing is assumed of it."""
        return None if self.limit_range is None else self.limit_range.lower

    @property
    def upper_limits(self) -> tuple[float, float] | None:
        """Where an adult's upper limit can lie, None where nothing is assumed of it."""
        return None if self.limit_range is None else self.limit_range.upper


@dataclass(frozen=True, slots=True)
class Bounds:
    """The range of numbers that are accepted; both ends belong to it, the lower one not where it is ``above``."""

    low: float
    high: float
    above: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A fact by the name rules use: ``diagnosis.extent``, ``lesions.status`` (list and field), ``derived.her2_status``.

    ``world`` says how a missing value is read: *input* (unknown), *override* (a clinician's assertion that wins over a
    derivation), *default* and *closed* (nothing recorded means no), *policy* (a site setting), *derived*.
    ``derivation`` says how a derived fact, or a field that a derivation completes, is concluded and ``origin`` on whose
    authority; ``description`` says what stays undetermined (or off) without a setting of the policy, ``effect`` what
    the setting does where it is set (or on), ``safety`` that it is there for the patient's safety: where an engine is
    locked, callers cannot change it. ``change`` says what may become of a recorded value in the patient: *any*,
    *onward* (later codes in the order of the value set, from no to yes, a higher number or later date) or *never*.
    ``plausible`` is the range of a percentage that a patient can have, ``range`` that of a number which is accepted at
    all, ``whole`` that only whole numbers are. ``asked_whole`` asks of a set of codes that may hold more than is
    written whether it does. ``formula`` says how a derived number is computed
    (``formula_where``: how, where a recorded fact is some code), ``tables`` and
    ``numbers`` which groups of codes and which numbers its derivation uses; ``shows`` names the figures to show where a
    derived fact decides, of which the first known one is shown. ``reads`` are the facts, lists and settings that its
    derivation asks for, ``recorded`` those that it asks for as they were recorded, past their own derivations.
    """

    name: str
    type: FieldType
    label: Text
    world: World
    value_set: str | None = None
    unit: str | None = None
    synonyms: tuple[str, ...] = ()
    derivation: Text | None = None
    origin: Origin | None = None
    description: Text | None = None
    effect: Text | None = None
    change: Change = "any"
    safety: bool = False
    plausible: tuple[float, float] | None = None
    range: Bounds | None = None
    whole: bool = False
    asked_whole: Text | None = None
    formula: Text | None = None
    formula_where: tuple[str, str, Text] | None = None
    shows: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()
    mark: Mark | None = field(default=None, compare=False, repr=False)  # where it is written

    @property
    def kind(self) -> FieldType:
        """The type as it is recorded, where a number may have to be whole."""
        return "integer" if self.whole else self.type

    @property
    def is_switch(self) -> bool:
        """Whether it is a setting that is off where it is unset; where others are unset, what reads them stays open."""
        return self.world == "policy" and self.safety


@dataclass(frozen=True, slots=True)
class Number:
    """A number that derived facts compute or compare with: in a unit (UCUM), with what it is in words."""

    id: str
    value: float
    unit: str
    label: Text


Comparison = Literal["is", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class RecordedSign:
    """A finding in a record: a fact and what it is compared with."""

    fact: str
    comparison: Comparison
    value: bool | float | str

    def holds(self, value: object) -> bool:
        """Tell whether a known value of the fact is the finding; one that is unknown (None) is not."""
        if self.comparison == "is":
            return bool(value == self.value)
        if not isinstance(value, int | float) or not isinstance(self.value, int | float):
            return False
        return bool(_COMPARED[self.comparison](value, self.value))


_COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What of a record makes an unanswered question pressing, by which convention; it decides no verdict."""

    fact: str
    by: tuple[RecordedSign, ...]
    source: Text


@dataclass(frozen=True, slots=True)
class LeftOutRecord:
    """What a record could be that could not be read: an item with one value of the field ``of``, and ``item`` besides.

    ``question`` asks which it is; ``{count}`` stands for how many such records there are.
    """

    question: Text
    of: str
    item: Mapping[str, str]


@dataclass(frozen=True)  # without slots: what is made of it once stands beside its fields (``kept.once``)
class Vocabulary:
    """All of it, read from ``rules/vocabulary``; names are unique within each mapping."""

    fields: Mapping[str, Field]
    lists: Mapping[str, Text]
    value_sets: Mapping[str, ValueSet]
    drugs: Mapping[str, Drug]
    quantities: Mapping[str, Quantity]
    units: Mapping[str, Text] = field(default_factory=dict)
    whole_lists: Mapping[str, Text] = field(default_factory=dict)  # the question whether all items are recorded
    printed: PrintedWords = field(default_factory=PrintedWords)
    seen: Mapping[str, Text] = field(default_factory=dict)  # where lines of drugs were seen
    numbers: Mapping[str, Number] = field(default_factory=dict)
    derived_examples: Mapping[str, tuple[DerivedExample, ...]] = field(default_factory=dict)  # by derived fact
    topics: Mapping[str, TopicOf] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    suspicions: Mapping[str, Suspicion] = field(default_factory=dict)
    left_out: Mapping[str, LeftOutRecord] = field(default_factory=dict)  # by list
    monitoring: Mapping[str, Monitoring] = field(default_factory=dict)

    def codes(self, group: str) -> tuple[str, ...]:
        """Return the codes of a group by its value set and name, as ``organ.viscera``."""
        of_set, _, name = group.partition(".")
        return self.value_sets[of_set].groups[name]

    @property
    def implied_classes(self) -> Mapping[str, str]:
        """Which class of drugs implies which other."""
        members = self.value_sets["drug_class"].members.values()
        return {one.code: one.implies for one in members if one.implies is not None}

    @property
    def switches(self) -> tuple[str, ...]:
        """The settings of the policy that are off where they are unset."""
        return tuple(name.removeprefix("policy.") for name, one in self.fields.items() if one.is_switch)

    def simplified(self, text: str) -> str:
        """Return a text with its traditional characters simplified, as all words of the vocabulary are written."""
        return text.translate({ord(one): simple for one, simple in self.printed.traditional.items()})

    def unit_words(self, unit: str) -> Text:
        """Return how people read a UCUM unit; no unit has no words."""
        return self.units.get(unit) or Text(unit, unit)

    def unit_label(self, unit: str, language: Language) -> str:
        """Return the same in one language."""
        return self.unit_words(unit).in_(language)
