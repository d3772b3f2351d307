"""The form of a patient: every field of the profile, grouped as a clinician thinks, in words of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oncocds.profile.coverage import public_fields
from oncocds.profile.finding import SETS
from oncocds.profile.history import series_label, series_names, series_units
from oncocds.profile.made import models_of
from oncocds.profile.models import ITEM_LISTS
from oncocds.text import Text
from oncocds.vocabulary.models import Quantity, Vocabulary

_INCOMPLETE = Text("记录可能不全的", "What may not all be recorded")
_YES, _NO = Text("是", "yes"), Text("否", "no")


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a field: the value as the profile has it (JSON), and its words."""

    value: str
    label: Text


_ANSWERS = (Option("true", _YES), Option("false", _NO))


@dataclass(frozen=True, slots=True)
class Input:
    """One field: its public path within its list, or of the patient; how it is entered; its words."""

    name: str
    kind: str
    label: Text
    options: tuple[Option, ...] = ()
    unit: Text | None = None
    units: tuple[Option, ...] = ()
    since: Text | None = None
    answers: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of the profile: the fields shown for each item, and those behind “more”."""

    name: str
    label: Text
    first: tuple[Input, ...]
    more: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields; open at first for some tumours (empty: for all)."""

    id: str
    title: Text
    inputs: tuple[Input, ...] = ()
    more: tuple[Input, ...] = ()
    rows: tuple[Rows, ...] = ()
    tumours: tuple[str, ...] = ()
    open: bool = True


@dataclass(frozen=True, slots=True)
class _Plan:
    id: str
    title: Text
    first: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    tumours: tuple[str, ...] = ()
    open: bool = True


_LUNG = ("nsclc", "sclc", "lung_nos")
_PLAN = (
    _Plan(
        "diagnosis",
        Text("诊断", "Diagnosis"),
        ("diagnosis.tumour_type", "diagnosis.extent", "age", "sex", "weight", "diagnosis.laterality"),
        ("diagnosis.", "elderly", "pregnant", "chemotherapy_tolerance", "preference_documented"),
    ),
    _Plan(
        "biomarkers",
        Text("标志物", "Biomarkers"),
        (
            "biomarkers.her2_status", "biomarkers.her2_ihc", "biomarkers.her2_ish", "biomarkers.er_pct",
            "biomarkers.pr_pct", "biomarkers.ret_fusion", "biomarkers.ngs_done",
        ),
        ("biomarkers.",),
        tumours=("breast", *_LUNG),
    ),
    _Plan(
        "symptoms",
        Text("症状与骨相关事件", "Symptoms and skeletal events"),
        ("symptoms.cord_signs", "symptoms.bone_pain", "symptoms.hypercalcaemia_like"),
        ("symptoms.", "skeletal_events.", "vitals.", "assessments."),
    ),
    _Plan("lesions", Text("病灶", "Lesions"), prefixes=("left_out.lesions",), rows=("lesions",)),
    _Plan(
        "treatment",
        Text("治疗", "Treatment"),
        ("treatment.phase", "treatment.intent", "surgeries"),
        ("treatment.", "bone_agent_adverse_event.", "plans.", "clinical_questions.", "left_out."),
        ("medications", "radiotherapy", "toxicities"),
    ),
    _Plan(
        "labs",
        Text("化验与肾功能", "Laboratory and renal function"),
        ("labs.creatinine", "labs.calcium", "labs.albumin", "labs.phosphate", "labs.magnesium", "labs.platelets",
         "comorbidities.renal_insufficiency"),
        ("labs.", "comorbidities."),
        tumours=("breast", "hcc"),
    ),
    _Plan("history", Text("历次结果", "Earlier results"), (), ("history_incomplete",), ("history",), open=False),
    _Plan("heart", Text("心脏", "Heart"), ("cardiac.lvef_baseline", "cardiac.lvef_latest"), ("cardiac.",), (),
          ("breast",)),
    _Plan("liver", Text("肝癌", "Liver cancer"), ("hcc.bclc", "hcc.child_pugh"), ("hcc.",), (), ("hcc",)),
    _Plan("policy", Text("本院设置（仅本次）", "Local policy (this evaluation only)"), (), ("policy.",), open=False),
)  # fmt: skip
_FIRST = {
    "lesions": ("organ", "site", "status", "painful", "symptomatic", "imaging"),
    "medications": ("drug", "status", "indication"),
    "radiotherapy": ("site", "laterality", "status"),
    "toxicities": ("term", "grade"),
}


def form(vocabulary: Vocabulary) -> tuple[Section, ...]:
    """Return the sections of the form; every public field stands in exactly one, but for the safety switches."""
    maker = _Maker(vocabulary, public_fields(vocabulary))
    left = dict.fromkeys(_names(vocabulary))
    sections = []
    for plan in _PLAN:
        first = [name for name in plan.first if name in left]
        more = [name for name in left if name not in first and name.startswith(plan.prefixes)] if plan.prefixes else []
        for name in (*first, *more):
            del left[name]
        rows = tuple(maker.rows(name) for name in plan.rows)
        sections.append(
            Section(
                plan.id,
                plan.title,
                tuple(maker.input(name) for name in (first if plan.open else first or more)),
                tuple(maker.input(name) for name in more) if first or plan.open else (),
                rows,
                plan.tumours,
                plan.open,
            )
        )
    assert not left, f"fields without a section: {', '.join(left)}"
    sections.insert(-1, maker.incomplete())
    return tuple(sections)


@dataclass(frozen=True, slots=True)
class Carried:
    """A setting that a pasted request may bring along; ``field`` where the form can ask for it unless it is unset."""

    name: str
    label: Text
    field: bool


def carried(vocabulary: Vocabulary) -> tuple[Carried, ...]:
    """Return every setting: what of a pasted request no field can show stands in the form as it came."""
    settings = ((name, field) for name, field in vocabulary.fields.items() if field.world == "policy")
    return tuple(Carried(name, field.label, not field.is_switch) for name, field in settings)


def _names(vocabulary: Vocabulary) -> Iterable[str]:
    """Yield what the form asks at the level of the patient; a laboratory result counts as one."""
    for name in public_fields(vocabulary):
        group, _, rest = name.partition(".")
        if group in ITEM_LISTS or vocabulary.fields[name].is_switch:
            continue
        yield f"labs.{rest.partition('.')[0]}" if group == "labs" else name


@dataclass(slots=True)
class _Maker:
    vocabulary: Vocabulary
    public: Mapping[str, tuple[str, str | None]]

    def input(self, name: str, inside: str = "") -> Input:
        """Return the input of a fact, by its name within a list or of the patient."""
        full = f"{inside}.{name}" if inside else name
        if name.startswith("labs."):
            return self._lab(name)
        words = self.vocabulary.fields[full]
        kind, value_set = self.public[full]
        if name == "weight":
            return Input(name, "weight", words.label, units=self._units(self.vocabulary.quantities["mass"]))
        options: tuple[Option, ...] = ()
        if value_set == "drug":  # hundreds of them: their names are offered while one types
            return Input(name, "drug", words.label)
        if kind == "boolean":
            options = _ANSWERS
        elif value_set is not None:
            members = self.vocabulary.value_sets[value_set].members.values()
            options = tuple(Option(member.code, member.label) for member in members if not member.missing)
        unit = self.vocabulary.unit_words(words.unit) if words.unit else None
        return Input(name, kind, words.label, options, unit)

    def rows(self, name: str) -> Rows:
        """Return the rows of a list."""
        if name == "history":
            return Rows(name, self.vocabulary.lists[name], self._history(), ())
        fields = [field.partition(".")[2] for field in self.public if field.startswith(f"{name}.")]
        first = _FIRST[name]
        return Rows(
            name,
            self.vocabulary.lists[name],
            tuple(self.input(one, name) for one in first),
            tuple(self.input(one, name) for one in fields if one not in first),
        )

    def incomplete(self) -> Section:
        """Return the section of what else may not all be recorded, or is no certain no; of each list its rows ask."""
        names = (*SETS, *models_of(self.vocabulary).closed)
        options = tuple(Option(name, self.vocabulary.fields[name].label) for name in names)
        return Section("incomplete", _INCOMPLETE, (Input("incomplete", "codes", _INCOMPLETE, options),), open=False)

    def _history(self) -> tuple[Input, ...]:
        """Return the inputs of an earlier result: what was measured and when, the value and its unit."""
        names = series_names(self.vocabulary)
        units = sorted({unit for name in names for unit in series_units(name, self.vocabulary)})
        choices = tuple(Option(unit, self.vocabulary.unit_words(unit)) for unit in units)
        return (
            Input(
                "of", "code", Text("项目", "what"), tuple(Option(n, series_label(n, self.vocabulary)) for n in names)
            ),
            Input("date", "date", Text("日期", "date")),
            Input("value", "number", Text("数值", "value")),
            Input("unit", "code", Text("单位", "unit"), choices),
        )

    def _lab(self, name: str) -> Input:
        quantity = self.vocabulary.quantities[name.partition(".")[2]]
        label = self.vocabulary.fields[f"{name}.value"].label
        members = self.vocabulary.value_sets["interpretation"].members.values()
        options = tuple(Option(member.code, member.label) for member in members if not member.missing)
        since = self.vocabulary.fields.get(f"{name}.since_symptoms")
        asked = None if since is None else since.label
        return Input(name, "lab", label, options, units=self._units(quantity), since=asked, answers=_ANSWERS)

    def _units(self, quantity: Quantity) -> tuple[Option, ...]:
        return tuple(Option(unit, self.vocabulary.unit_words(unit)) for unit in quantity.factors)
