"""The digest changes if and only if the knowledge does, whatever kind of file says it; every version is written up."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from oncocds import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.loader import load_knowledge
from oncocds.profile.policy import STRICT
from oncocds.vocabulary.bundled import bundled_knowledge

BCBM = "rules/breast-bone-metastases/BCBM-09.yaml"
EVIDENCE = "rules/her2-radiotherapy/HER2RT-26.yaml"
# Of every kind of file: a word that may change without breaking anything.
WORDS = {
    "rule": (BCBM, "请完善。", "请予完善。"),
    "rule: revision": (BCBM, "revision: 1", "revision: 7"),
    "rule: strength": (BCBM, "reading: descriptive", "reading: may"),
    "rule: not said": (BCBM, "which imaging comes first", "which imaging is first"),
    "rule: example": (BCBM, "symptoms: {bone_pain: true}", "symptoms: {bone_pain: true, fatigue: true}"),
    "rule: evidence": (EVIDENCE, "No survival claim.", "No claim on survival."),
    "concepts": ("rules/concepts/her2-positive.yaml", "  zh: ", "  zh: 的确"),
    "actions": ("rules/actions/goals-of-care.yaml", "  zh: ", "  zh: 请"),
    "flags": ("rules/flags/C22.yaml", "zh: 注意受众", "zh: 留意受众"),
    "notes": ("rules/notes/denosumab-rebound.yaml", "zh: ", "zh: 请"),
    "glosses": ("rules/glosses/her2-radiotherapy.yaml", "a common and important strategy", "an important strategy"),
    "ledger": ("rules/ledger/breast-bone-metastases.yaml", "zh: 小标题", "zh: 分节标题"),
    "ledger: disposition": ("rules/ledger/her2-radiotherapy.yaml", "disposition: background", "disposition: furniture"),
    "precedence.yaml": ("rules/precedence.yaml", "    zh: ", "    zh: 请"),
    "conflicts.yaml": ("rules/conflicts.yaml", "    zh: ", "    zh: 请"),
    "policy.yaml": ("rules/policy.yaml", "echo_without_radiotherapy: true", "echo_without_radiotherapy: false"),
    "vocabulary/derivations.yaml": ("rules/vocabulary/derivations.yaml", "  zh: ", "  zh: 请"),
    "vocabulary/drugs.yaml": ("rules/vocabulary/drugs.yaml", "zh: 地舒单抗", "zh: 地诺单抗"),
    "vocabulary/fields.yaml": ("rules/vocabulary/fields.yaml", "zh: LVEF明显下降的绝对值阈值", "zh: LVEF明显下降阈值"),
    "vocabulary/lists.yaml": ("rules/vocabulary/lists.yaml", "zh: 病灶", "zh: 病变"),
    "vocabulary/derived_examples.yaml": ("rules/vocabulary/derived_examples.yaml", "value: true", "value: false"),
    "vocabulary/numbers.yaml": ("rules/vocabulary/numbers.yaml", "value: 0.85", "value: 0.86"),
    "vocabulary/monitoring.yaml": ("rules/vocabulary/monitoring.yaml", "zh: 心脏超声（LVEF）", "zh: 心脏超声"),
    "vocabulary/quantities.yaml": ("rules/vocabulary/quantities.yaml", "plausible: [", "plausible: [0.001"),
    "vocabulary/printed.yaml": ("rules/vocabulary/printed.yaml", "[注射液, ", "[注射液, 注射溶液, "),
    "vocabulary/notes.yaml": ("rules/vocabulary/notes.yaml", "[左, 左侧, left]", "[左, left]"),
    "vocabulary/seen.yaml": ("rules/vocabulary/seen.yaml", "zh: ", "zh: 某"),
    "vocabulary/suspicions.yaml": ("rules/vocabulary/suspicions.yaml", "zh: 已有病灶进展", "zh: 某病灶进展"),
    "vocabulary/topics.yaml": ("rules/vocabulary/topics.yaml", "zh: 血钙", "zh: 钙"),
    "vocabulary/units.yaml": ("rules/vocabulary/units.yaml", "zh: ", "zh: 某"),
    "vocabulary/values.yaml": ("rules/vocabulary/values.yaml", "zh: 医务人员,", "zh: 医护人员,"),
    "manifest: a title": ("seeds/manifest.yaml", "title_en: Do RET inhibitors", "title_en: Whether RET inhibitors"),
    "manifest: an audience": ("seeds/manifest.yaml", "audience: clinicians", "audience: patients-and-clinicians"),
    "manifest: education": ("seeds/manifest.yaml", "patient_education: false", "patient_education: true"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bundled knowledge."""
    directory = tmp_path_factory.mktemp("knowledge")
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, directory / name)
    return directory


def loaded(home: Path) -> Knowledge:
    return load_knowledge(home / "rules", home / "seeds")


@pytest.mark.parametrize("kind", WORDS)
def test_another_word_is_another_digest(home: Path, knowledge: Knowledge, kind: str) -> None:
    file, old, new = WORDS[kind]
    path = home / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    try:
        changed = loaded(home)
    finally:
        path.write_text(text, "utf-8")
    assert changed.digest != knowledge.digest
    assert sum(changed.digests[part] != knowledge.digests[part] for part in knowledge.digests) == 1


def test_no_kind_of_file_is_left_out(knowledge: Knowledge) -> None:
    rules = bundled_knowledge() / "rules"
    kinds = set()
    for path in [*rules.glob("*.yaml"), *rules.glob("*/*.yaml")]:
        folder = path.parent.name
        if path.parent == rules or folder == "vocabulary":
            kinds.add(path.relative_to(rules).as_posix())
        else:
            kinds.add("rule" if folder in knowledge.documents else folder)
    # What claims are told, what was released and what answers are held against changes no answer.
    assert kinds - {"version.yaml", "claims.yaml", "released.yaml", "answers.yaml"} == {
        kind for kind in WORDS if ":" not in kind
    }


def test_a_changed_document_is_another_digest(tmp_path: Path, knowledge: Knowledge) -> None:
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, tmp_path / name)
    document = knowledge.documents["breast-bone-metastases"]
    path = tmp_path / "seeds" / document.file
    changed = path.read_bytes() + b"\n"
    path.write_bytes(changed)
    manifest = tmp_path / "seeds" / "manifest.yaml"
    text = manifest.read_text("utf-8").replace(document.sha256, hashlib.sha256(changed).hexdigest())
    manifest.write_text(text, "utf-8")
    assert loaded(tmp_path).digest != knowledge.digest


def test_comments_layout_order_of_keys_and_line_ends_are_no_knowledge(tmp_path: Path, knowledge: Knowledge) -> None:
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, tmp_path / name)
    for path in [*(tmp_path / "rules").glob("**/*.yaml"), tmp_path / "seeds" / "manifest.yaml"]:
        text = "# a comment\n\n" + path.read_text("utf-8") + "\n# another\n"
        path.write_bytes(text.replace("\n", "\r\n").encode())
    rule = tmp_path / BCBM
    kind = re.search(r"^kind: .*\r\n", rule.read_bytes().decode(), re.MULTILINE)
    assert kind is not None
    rule.write_bytes((kind[0] + rule.read_bytes().decode().replace(kind[0], "", 1)).encode())
    assert loaded(tmp_path).digests == knowledge.digests


def test_a_version_is_a_name_and_no_knowledge(home: Path, knowledge: Knowledge) -> None:
    path = home / "rules" / "version.yaml"
    text = path.read_text("utf-8")
    path.write_text("version: 99.0.0\n", "utf-8")
    try:
        renamed = loaded(home)
    finally:
        path.write_text(text, "utf-8")
    assert renamed.version == "99.0.0"
    assert renamed.digest == knowledge.digest


def test_the_answer_names_the_digest_of_its_knowledge(home: Path, knowledge: Knowledge) -> None:
    patient = {"diagnosis": {"tumour_type": "breast"}, "symptoms": {"cord_signs": True}}
    answer = Engine(knowledge, STRICT).evaluate(patient, as_of="2026-01-01")
    assert (answer.knowledge.version, answer.knowledge.digest) == (knowledge.version, knowledge.digest)
    assert Engine(loaded(home), STRICT).evaluate(patient, as_of="2026-01-01") == answer


def test_every_version_is_written_up_and_names_what_was_revised(knowledge: Knowledge) -> None:
    log = (bundled_knowledge() / "rules" / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (\S+)$", log, re.MULTILINE)
    assert versions[0] == knowledge.version
    assert versions == sorted(versions, key=lambda version: tuple(map(int, version.split("."))), reverse=True)
    for rule in knowledge.rules.values():
        if rule.revision > 1:
            assert f"{rule.id} (revision {rule.revision})" in log
