"""Which scenario or example shows each rule fire, stay silent and be undetermined; what is nowhere shown stands out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oncocds.advice.result import Evaluation
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Verdict
from oncocds.scenarios.check import feature_files
from oncocds.scenarios.site import Site
from oncocds.scenarios.source import read_source
from oncocds.scenarios.stories import NamedStory, read_stories

VERDICTS: tuple[Verdict, ...] = ("fires", "silent", "undetermined")
_HEADINGS = {"fires": "成立 / fires", "silent": "不成立 / silent", "undetermined": "未定 / undetermined"}


@dataclass(frozen=True, slots=True)
class Load:
    """What a clinician sees of one scenario's answer: items against the rules that fired."""

    name: str
    fired: int
    items: int
    demoted: int
    emergencies: int
    contraindications: int
    questions: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """For each rule and verdict who shows it, scenarios first; for each evidence note who shows it attached.

    ``loads`` counts the answers of the scenarios.
    """

    knowledge: Knowledge
    shown: Mapping[str, Mapping[Verdict, Sequence[str]]]
    attached: Mapping[str, Sequence[str]]
    loads: Sequence[Load]
    never: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def unshown(self) -> list[tuple[str, str]]:
        """The cells that nobody shows: rule and verdict, or evidence note and "attached"."""
        cells: list[tuple[str, str]] = [
            (rule, verdict) for rule, by in self.shown.items() for verdict in VERDICTS if not by[verdict]
        ]
        return cells + [(note, "attached") for note, names in self.attached.items() if not names]

    @property
    def empty(self) -> list[tuple[str, str]]:
        """The cells that nobody shows and no reason excuses."""
        return [cell for cell in self.unshown if cell not in self.never]

    def summary(self) -> str:
        """Return the totals in one line."""
        cells = len(self.shown) * len(VERDICTS) + len(self.attached)
        fired, items = sum(load.fired for load in self.loads), sum(load.items for load in self.loads)
        return (
            f"{len(self.shown)} rules and {len(self.attached)} evidence notes: {cells - len(self.unshown)} of {cells} "
            f"cells shown, {len(self.empty)} empty without a reason; "
            f"{len(self.loads)} scenarios: {fired} rules fired, {items} advice items"
        )

    def markdown(self) -> str:
        """Return the whole report."""
        title = {rule.id: rule.title.zh for rule in self.knowledge.rules.values()}
        lines = ["# 规则与场景 / Rules and scenarios", "", self.summary(), ""]
        lines += _table(["规则 / rule", "标题 / title", *(_HEADINGS[verdict] for verdict in VERDICTS)])
        for rule, by in self.shown.items():
            cells = [_names(by[verdict], self.never.get((rule, verdict))) for verdict in VERDICTS]
            lines.append(_row([rule, title[rule], *cells]))
        lines += ["", *_table(["依据 / evidence note", "标题 / title", "附上 / attached"])]
        for note, names in self.attached.items():
            lines.append(_row([note, title[note], _names(names, self.never.get((note, "attached")))]))
        heads = ["场景 / scenario", "成立的规则 / rules fired", "建议条目 / items", "其中降级 / of these demoted"]
        heads += ["紧急 / emergency", "禁忌 / contraindication", "提问 / questions"]
        lines += ["", *_table(heads)]
        for load in self.loads:
            numbers = (load.fired, load.items, load.demoted, load.emergencies, load.contraindications, load.questions)
            lines.append(_row([load.name, *map(str, numbers)]))
        return "\n".join(lines) + "\n"


def read_files(paths: Iterable[Path], site: Site) -> list[NamedStory]:
    """Return the stories of feature files and folders. Raises ``ScenarioError`` for one that cannot be read."""
    vocabulary = site.knowledge.vocabulary
    return [each for file in feature_files(paths) for each in read_stories(read_source(file).text, vocabulary)]


def answer(story: NamedStory, site: Site) -> Evaluation:
    """Evaluate the patient of a story as a run would. Raises ``InputError`` or ``EngineFault``."""
    told = story.story
    return site.engine(shipped=told.shipped).evaluate(told.profile, told.policy, told.as_of)


def matrix(
    stories: Sequence[NamedStory],
    site: Site,
    never: Mapping[tuple[str, str], str] | None = None,
    counted: Callable[[NamedStory], bool] = lambda _: True,
) -> Matrix:
    """Return the matrix of all rules over scenarios and the rules' own examples.

    What a scenario or an example *states* counts, not what happens to come out. ``never`` holds cells that cannot be
    filled, with the reason; ``counted`` chooses the scenarios whose answers are counted.
    """
    knowledge = site.knowledge
    shown: dict[str, dict[Verdict, list[str]]] = {
        rule.id: {verdict: [] for verdict in VERDICTS} for rule in knowledge.rules.values() if rule.when is not None
    }
    attached: dict[str, list[str]] = {rule.id: [] for rule in knowledge.rules.values() if rule.when is None}
    loads = []
    for story in stories:
        for rule, verdict in dict.fromkeys(story.states):
            if rule in shown:
                shown[rule][verdict].append(story.name)
        evaluation = answer(story, site)
        if counted(story):
            loads.append(_load(story.name, evaluation))
        for note in {note for item in evaluation.advice for ground in item.grounds for note in ground.supported_by}:
            attached[note].append(story.name)
    for rule_id, by in shown.items():
        for number, example in enumerate(knowledge.rules[rule_id].examples, start=1):
            by[example.expect].append(f"{rule_id} 例 {number}")
    return Matrix(knowledge, shown, attached, loads, never or {})


def _load(name: str, evaluation: Evaluation) -> Load:
    tiers = [item.tier for item in evaluation.advice if item.status == "active"]
    return Load(
        name,
        sum(1 for verdict in evaluation.verdicts.values() if verdict == "fires"),
        len(evaluation.advice),
        sum(1 for item in evaluation.advice if item.status == "demoted"),
        tiers.count("emergency"),
        tiers.count("contraindication"),
        len(evaluation.questions.clinician),
    )


def _names(names: Sequence[str], reason: str | None) -> str:
    if not names:
        return f"—（{reason}）" if reason else "**空 / empty**"
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return names[0] + more


def _table(heads: list[str]) -> list[str]:
    return [_row(heads), _row(["---"] * len(heads))]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
