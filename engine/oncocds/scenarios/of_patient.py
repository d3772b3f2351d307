"""From a patient to a scenario: what was told and what the engine came to, or what somebody holds against it.

The file stands on its own: it names the date and every setting that is not the shipped one, and means the same
anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncocds.advice.result import Evaluation
from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.models import Profile
from oncocds.profile.reading import read_policy, read_profile
from oncocds.scenarios.phrases import PHRASES
from oncocds.scenarios.writer import write_feature, write_scenario
from oncocds.text import Language

LONGEST_REASON = 1000  # characters
_QUOTES = {ord(sign): "'" for sign in '"“”「」'}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What somebody holds against an answer: something should not be said, or (``missing``) should be, and why.

    ``what`` is an action, a rule, or words of advice; ``lesion`` is the id of the lesion it is about, if there is one.
    """

    what: str
    reason: str
    missing: bool = False
    lesion: str | None = None


def scenario_of(
    engine: Engine,
    profile: Mapping[str, Any] | str | bytes | Profile,
    answer: Evaluation,
    language: Language,
    against: Disagreement | None = None,
) -> str:
    """Return a feature file with one scenario: the patient as told, and what every rule that is not silent came to.

    With a disagreement it states that instead, with the reason as text, and fails until the knowledge agrees. Raises
    ``ProfileError``, and ``InputError`` for a disagreement that says nothing.
    """
    vocabulary = engine.knowledge.vocabulary
    questions = (*answer.questions.clinician, *answer.questions.site)
    asks = {
        rule: [each.label.in_(language) for each in questions if rule in each.would_decide]
        for rule, verdict in answer.verdicts.items()
        if verdict == "undetermined"
    }
    digest = answer.input_digest.removeprefix("sha256:")[:8]
    zh = language == "zh"
    title = f"患者 {digest}" if zh else f"Patient {digest}"
    if against is not None:
        title += (
            ("：应有的建议" if zh else ": what is missing")
            if against.missing
            else ("：不应有的建议" if zh else ": what should not be said")
        )
    scenario = write_scenario(
        read_profile(profile, vocabulary),
        language,
        title,
        policy=_own_settings(engine.knowledge, answer),
        shipped=True,
        as_of=answer.as_of,
        fires=[rule for rule, verdict in answer.verdicts.items() if verdict == "fires"] if against is None else (),
        undetermined=asks if against is None else {},
        knowledge=engine.knowledge,
        expects=() if against is None else [_sentence(against, engine.knowledge, language)],
    )
    return write_feature(title, [scenario], language)


def _own_settings(knowledge: Knowledge, answer: Evaluation) -> dict[str, Any]:
    """Return the settings of an answer that are not the shipped ones."""
    shipped = dict(read_policy(knowledge.policy, knowledge.vocabulary))
    return {name: value for name, value in answer.policy.effective.items() if value != shipped.get(name)}


def _sentence(against: Disagreement, knowledge: Knowledge, language: Language) -> str:
    """Return the sentence that states a disagreement, the advice by its title where a sentence can hold that."""
    action = knowledge.actions.get(against.what)
    what = against.what if action is None else action.title.in_(language)
    if what != _held(what):
        what = _held(against.what)
    reason = _held(against.reason)
    wrong = [
        Problem(f"/{name}", reason_, expected)
        for name, value, reason_, expected in (
            ("what", what, "no words", "an action, a rule or words of advice"),
            ("reason", reason, "no words", "why, in a few words"),
        )
        if not value
    ]
    if len(reason) > LONGEST_REASON:
        wrong.append(Problem("/reason", "too long", f"at most {LONGEST_REASON} characters"))
    if wrong:
        raise InputError(wrong)
    sentence = PHRASES["misses" if against.missing else "disagrees"].in_(language)
    before, between, after = sentence.split("…")
    if against.lesion is not None:
        lesion = _held(against.lesion)
        before = f'病灶"{lesion}"的{before}' if language == "zh" else f'of lesion "{lesion}" {before}'
    return f"{before}{what}{between}{reason}{after}"


def _held(text: str) -> str:
    """Return a text as a sentence can hold it: in one line, other quotation marks than the sentence's own."""
    return " ".join(text.translate(_QUOTES).split())
