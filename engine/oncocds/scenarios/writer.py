"""Writes a patient as a scenario that people can read and run: the reverse of reading one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.finding import SETS
from oncocds.profile.history import LATEST, LVEF
from oncocds.profile.models import LISTS, Profile
from oncocds.profile.policy import Policy
from oncocds.profile.reading import read_profile
from oncocds.scenarios.phrases import PHRASES
from oncocds.scenarios.wording import Wording, in_quotes, table
from oncocds.text import Language
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.printed_names import printed_names

_KEYWORDS: dict[Language, dict[str, str]] = {
    "zh": {"feature": "功能", "scenario": "场景", "given": "假如", "when": "当", "then": "那么", "and": "并且"},
    "en": {
        "feature": "Feature",
        "scenario": "Scenario",
        "given": "Given",
        "when": "When",
        "then": "Then",
        "and": "And",
    },
}
_LAB_COLUMNS = {
    "value": ("值", "value"),
    "reference_low": ("下限", "lower"),
    "reference_high": ("上限", "upper"),
    "interpretation": ("判读", "reading"),
    "date": ("日期", "date"),
}
Rules = Iterable[str] | Mapping[str, Iterable[str]]


def write_scenario(
    profile: Mapping[str, Any] | Profile,
    language: Language,
    title: str,
    *,
    policy: Mapping[str, Any] | Policy | None = None,
    shipped: bool = False,
    as_of: str | None = None,
    fires: Iterable[str] = (),
    silent: Iterable[str] = (),
    undetermined: Rules = (),
    knowledge: Knowledge | None = None,
    expects: Iterable[str] = (),
) -> str:
    """Return a scenario in Chinese or English that tells a patient and states what rules come to.

    ``policy`` holds settings over those that the scenario is run under or, with ``shipped``, over the shipped ones;
    ``as_of`` is the date of the evaluation, ``expects`` are further sentences on the answer. ``undetermined`` may be a
    mapping from rules to the facts (by name or label) they ask for. ``knowledge`` gives the rules their titles and the
    facts their labels (without it: no titles, bundled labels). Reading the scenario back gives the same profile. Raises
    ``ProfileError`` for one that is refused.
    """
    vocabulary = knowledge.vocabulary if knowledge else bundled_vocabulary()
    writer = ScenarioWriter(vocabulary, language, knowledge)
    words = _KEYWORDS[language]
    given = writer.given(read_profile(profile, vocabulary), _settings(policy), shipped, as_of)
    lines = [f"  {words['scenario']}: {' '.join(title.split())}", *steps(given, language, "given")]
    lines += steps([[PHRASES["evaluate"].in_(language)]], language, "when")
    lines += steps([*writer.verdicts(fires, silent, undetermined), *([each] for each in expects)], language, "then")
    return "\n".join(lines) + "\n"


def write_feature(name: str, scenarios: Iterable[str], language: Language) -> str:
    """Return a whole feature file of scenarios."""
    head = "# language: zh-CN\n" if language == "zh" else ""
    return f"{head}{_KEYWORDS[language]['feature']}: {' '.join(name.split())}\n\n" + "\n".join(scenarios)


def steps(said: Sequence[Sequence[str]], language: Language, kind: str) -> list[str]:
    """Return steps of one kind as lines, each with the lines of its table; all but the first begin with "and"."""
    lines = []
    for number, (sentence, *rows) in enumerate(said):
        lines.append(f"    {_KEYWORDS[language]['and' if number else kind]} {sentence}")
        lines.extend(rows)
    return lines


class ScenarioWriter:
    """Writes the steps of scenarios in one language: each as its sentence and the lines of its table."""

    def __init__(self, vocabulary: Vocabulary, language: Language, knowledge: Knowledge | None = None) -> None:
        self._vocabulary = vocabulary
        self._language: Language = language
        self._knowledge = knowledge
        self._wording = Wording.of(vocabulary, language)

    def given(
        self, profile: Profile, policy: Mapping[str, Any], shipped: bool = False, as_of: str | None = None
    ) -> list[list[str]]:
        """Return the given steps of a patient, settings and date."""
        plain = profile.model_dump(mode="json", by_alias=True, exclude_none=True)
        not_all = plain.get("incomplete", ())
        # Of a set that may hold more nobody says that there is none.
        shown = {name: part for name, part in plain.items() if part or name not in SETS or name not in not_all}
        said = [self._say("patient", self._patient(shown)), self._say("labs", self._labs(plain.get("labs", {})))]
        said += [[PHRASES[f"incomplete_{name}"].in_(self._language)] for name in SETS if name in not_all]
        for name in LISTS:
            open_ = name in not_all
            if plain.get(name) == []:
                said.append([PHRASES[f"{'incomplete' if open_ else 'no'}_{name}"].in_(self._language)])
            elif name in plain:
                rows = self._history(plain[name]) if name == "history" else self._items(name, plain[name])
                said.append(self._say(f"open_{name}" if open_ else name, rows))
        if shipped:
            said.append([PHRASES["shipped"].in_(self._language)])
        said.append(self._say("policy", self._policy(policy)))
        if as_of is not None:
            said.append([PHRASES["as_of"].in_(self._language).replace("…", as_of)])
        return [step for step in said if step]

    def verdicts(self, fires: Iterable[str], silent: Iterable[str], undetermined: Rules) -> list[list[str]]:
        """Return the steps that state what rules come to."""
        asks = undetermined if isinstance(undetermined, Mapping) else dict.fromkeys(undetermined, ())
        said = [
            self._say("all_fire", self._rules(dict.fromkeys(fires, ()))),
            self._say("all_silent", self._rules(dict.fromkeys(silent, ()))),
            self._say("all_undetermined", self._rules(asks)),
        ]
        return [step for step in said if step]

    def _say(self, phrase: str, rows: list[list[str]]) -> list[str]:
        return [PHRASES[phrase].in_(self._language), *table(rows, 6)] if rows else []

    def _patient(self, plain: Mapping[str, Any]) -> list[list[str]]:
        rows = []
        for key, part in plain.items():
            if key == "weight":
                fact = self._vocabulary.fields[key]
                rows.append([self._wording.name(fact, ""), self._wording.measured(part["value"], part["unit"])])
            elif key == "labs":
                rows.extend(
                    self._fact(f"labs.{analyte}.since_symptoms", one["since_symptoms"])
                    for analyte, one in part.items()
                    if "since_symptoms" in one
                )
            elif isinstance(part, dict):
                rows.extend(self._fact(f"{key}.{name}", value) for name, value in part.items())
            elif key == "incomplete":
                unknown = "不详" if self._language == "zh" else "unknown"
                facts = (self._vocabulary.fields[name] for name in part if "." in name)
                rows.extend([self._wording.name(fact, ""), unknown] for fact in facts)
            elif key not in LISTS:
                rows.append(self._fact(key, part))
        return rows

    def _fact(self, name: str, value: Any) -> list[str]:
        fact = self._vocabulary.fields[name]
        return [self._wording.name(fact, ""), self._wording.value(fact, value)]

    def _policy(self, policy: Mapping[str, Any]) -> list[list[str]]:
        rows = []
        for name, value in policy.items():
            fact = self._vocabulary.fields[f"policy.{name}"]
            unset = "未设定" if self._language == "zh" else "unset"
            shown = unset if value is None else self._wording.value(fact, value)
            rows.append([self._wording.name(fact, "policy."), shown])
        return rows

    def _labs(self, labs: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
        said = {analyte: {key: one[key] for key in _LAB_COLUMNS if key in one} for analyte, one in labs.items()}
        said = {analyte: one for analyte, one in said.items() if one}
        columns = [key for key in _LAB_COLUMNS if any(key in one for one in said.values())]
        if not columns:
            return []
        at = 0 if self._language == "zh" else 1
        rows = [[("化验", "analyte")[at], *(_LAB_COLUMNS[key][at] for key in columns)]]
        for analyte, one in said.items():
            name = self._wording.name(self._vocabulary.fields[f"labs.{analyte}.value"], "labs.")
            unit = labs[analyte].get("unit")
            rows.append([name, *(self._lab_cell(analyte, key, one, unit) for key in columns)])
        return rows

    def _lab_cell(self, analyte: str, key: str, one: Mapping[str, Any], unit: str | None) -> str:
        if key not in one:
            return ""
        if key == "value" or (key.startswith("reference_") and unit is not None and "value" not in one):
            return self._wording.measured(one[key], str(unit))
        return self._wording.value(self._vocabulary.fields[f"labs.{analyte}.{key}"], one[key])

    def _history(self, results: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        at = 0 if self._language == "zh" else 1
        with_ids = any("id" in one for one in results)
        rows = [[("项目", "analyte")[at], *(_LAB_COLUMNS[key][at] for key in ("date", "value"))]]
        rows[0] += [("编号", "id")[at]] if with_ids else []
        for one in results:
            fact = LATEST if one["of"] == LVEF else f"labs.{one['of']}.value"
            prefix = "" if one["of"] == LVEF else "labs."
            name = self._wording.name(self._vocabulary.fields[fact], prefix)
            row = [name, one["date"], self._wording.measured(one["value"], one["unit"])]
            rows.append([*row, one.get("id", "")] if with_ids else row)
        return rows

    def _items(self, name: str, items: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        prefix = f"{name}."
        facts = {
            key: fact for path, fact in self._vocabulary.fields.items() if (key := path.removeprefix(prefix)) != path
        }
        has = {key for item in items for key in item}
        # a table of drugs names them; without a column for the organ, a site would imply one
        needed = {"medications": "drug", "lesions": "organ" if "site" in has else ""}.get(name)
        columns = [key for key in facts if key in has or key == needed]
        if not columns and not any("id" in item for item in items):
            columns = list(facts)[:1]  # a table needs a column, also for items of which nothing is known
        with_ids = ["编号" if self._language == "zh" else "id"] if any("id" in item for item in items) else []
        rows = [[*with_ids, *(self._wording.name(facts[key], prefix) for key in columns)]]
        for item in items:
            cells = [self._wording.value(facts[key], item[key]) if key in item else "" for key in columns]
            if name == "medications" and printed_names(self._vocabulary).drug(item.get("name", "")) is not None:
                cells[columns.index("name")] = in_quotes(item["name"])  # as it stands, not as the drug it names
            rows.append([*([item.get("id", "")] if with_ids else []), *cells])
        return rows

    def _rules(self, rules: Mapping[str, Iterable[str]]) -> list[list[str]]:
        asks = {rule: list(facts) for rule, facts in rules.items()}
        if not asks:
            return []
        rows = []
        for rule, facts in asks.items():
            row = [rule]
            if self._knowledge is not None:
                row.append(self._knowledge.rules[rule].title.in_(self._language))
            if any(asks.values()):
                row += [""] if self._knowledge is None else []
                fields = self._vocabulary.fields
                labels = [fields[fact].label.in_(self._language) if fact in fields else fact for fact in facts]
                row.append(self._wording.listed(labels))
            rows.append(row)
        zh = self._language == "zh"
        header = [("规则", "rule"), ("内容", "what it says"), ("因缺", "asks for")][: len(rows[0])]
        return [[word[0 if zh else 1] for word in header], *rows]


def _settings(policy: Mapping[str, Any] | Policy | None) -> dict[str, Any]:
    if policy is None:
        return {}
    return policy.model_dump(include=policy.model_fields_set) if isinstance(policy, Policy) else dict(policy)
