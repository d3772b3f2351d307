"""Knowledge is added to a copy as CONTRIBUTING says: by the commands, then by writing what they leave to write."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from oncocds.cli import main
from oncocds.reading.record import as_json
from oncocds.reading.yaml import read_yaml
from oncocds.vocabulary.bundled import bundled_knowledge

WRITTEN = Path(__file__).parent / "data" / "extension"
DOCUMENT = "melanoma-metastases"
RULES = ("MELAN-01", "MELAN-02", "MELAN-03")
RULE = "BCBM-901"  # in a document that is there; takes a sentence out of its ledger
DRUG_RULE = "MELAN-04"  # asks for a drug of a class and for a laboratory test that nobody knew
_LDH = {
    "value": ("number U/L", "乳酸脱氢酶", "lactate dehydrogenase"),
    "date": ("date", "乳酸脱氢酶检验日期", "date of lactate dehydrogenase"),
    "reference_low": ("number U/L", "乳酸脱氢酶参考下限", "lower limit of lactate dehydrogenase"),
    "reference_high": ("number U/L", "乳酸脱氢酶参考上限", "upper limit of lactate dehydrogenase"),
    "interpretation": ("code interpretation", "乳酸脱氢酶判读", "reading of lactate dehydrogenase"),
}
DRUG_AND_TEST = {
    "fields": "".join(
        f"labs.ldh.{name}: {{type: {kind}, world: input, zh: {zh}, en: {en}}}\n"
        for name, (kind, zh, en) in _LDH.items()
    ),
    "quantities": "ldh: {unit: U/L, factors: {U/L: 1}, plausible: [1, 50000]}\n",
    "drugs": "wntastat: {zh: 文他司他, en: wntastat, classes: [wnt_inhibitor, systemic], seen: memory}\n",
    "codes/drug_classes": "wnt_inhibitor: {complete: false, has: [L01EX99]}\n",
    "codes/observations": (
        '- {means: {facts: [labs.ldh.value]}, seen: lhc, loinc: ["14804-9"], names: [乳酸脱氢酶测定]}\n'
    ),
}
SENTENCE = "    41.1: 一旦确诊骨转移,治疗目标就转变为“带瘤生存,维持生活质量”。\n"


def copy_of_knowledge(home: Path) -> Path:
    """Copy the bundled knowledge to ``home``."""
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, home / name)
    return home


def oncocds(home: Path, *arguments: str) -> int:
    """Run the command on the knowledge at ``home``."""
    return main(["--knowledge", str(home), *arguments])


def put(path: Path, old: str, new: str) -> None:
    """Replace the one place of some words of a file."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), "utf-8")


def add_rule(home: Path, rule: str, document: str) -> None:
    """Start a rule file by the command, then write what it leaves to write."""
    node = as_json(read_yaml(WRITTEN / f"{rule}.yaml"))
    assert isinstance(node, dict)
    assert oncocds(home, "new-rule", rule, document, node["source"][0]["exact"]) == 0
    assert oncocds(home, "check") == 2  # the scaffold does not load
    shutil.copy(WRITTEN / f"{rule}.yaml", home / "rules" / document)
    glosses = as_json(read_yaml(WRITTEN / "glosses.yaml"))
    assert isinstance(glosses, list)
    told = {one["quote"]: one["en"] for one in glosses}
    gloss = home / "rules" / "glosses" / f"{document}.yaml"
    put(gloss, "en: TODO the quote in English, word for word", f"en: {told[node['source'][0]['exact']]}")


def add_rule_to_a_document(home: Path) -> None:
    """Add one rule whose passage stood in the ledger."""
    add_rule(home, RULE, "breast-bone-metastases")
    ledger = home / "rules" / "ledger" / "breast-bone-metastases.yaml"
    text = ledger.read_text("utf-8")
    group = next(group for group in re.split(r"(?m)^(?=- )", text) if SENTENCE in group)
    assert group.count("\n    ") == 3  # zh, en and this one sentence
    ledger.write_text(text.replace(group, ""), "utf-8")


def add_document(home: Path) -> None:
    """Add a document on a tumour nothing spoke of, with three rules and an action of their own."""
    put(
        home / "rules" / "vocabulary" / "values.yaml",
        "    renal: {zh: 肾癌, en: renal cancer, named: false}\n",
        "    renal: {zh: 肾癌, en: renal cancer, named: false}\n    melanoma: {zh: 黑色素瘤, en: melanoma}\n",
    )
    assert oncocds(home, "new-document", DOCUMENT, str(WRITTEN / "melanoma.txt")) == 0
    manifest = home / "seeds" / "manifest.yaml"
    put(manifest, "title_en: TODO a short English name", "title_en: Managing metastatic melanoma")
    put(manifest, "audience: TODO ", "audience: clinicians ")
    with (home / "seeds" / "NOTICE.md").open("a", encoding="utf-8") as notice:
        notice.write("\n`melanoma.txt` 示例文本 · an example for the tests\n")
    shutil.copy(WRITTEN / "support-nutrition-in-melanoma.yaml", home / "rules" / "actions")
    for rule in RULES:
        add_rule(home, rule, DOCUMENT)
    shutil.copy(WRITTEN / "ledger.yaml", home / "rules" / "ledger" / f"{DOCUMENT}.yaml")


def add_drug_and_test(home: Path) -> None:
    """Add a drug of a new class and a laboratory test to the vocabulary, and a rule of the new document for them."""
    vocabulary = home / "rules" / "vocabulary"
    for name, text in DRUG_AND_TEST.items():
        with (vocabulary / f"{name}.yaml").open("a", encoding="utf-8") as file:
            file.write(text)
    known = "    other_targeted: {zh: 其他靶向药物, en: other targeted drug, implies: systemic}\n"
    put(
        vocabulary / "values.yaml",
        known,
        f"{known}    wnt_inhibitor: {{zh: Wnt抑制剂, en: Wnt inhibitor, implies: systemic, named: false}}\n",
    )
    shutil.copy(WRITTEN / "follow-up-in-melanoma.yaml", home / "rules" / "actions")
    add_rule(home, DRUG_RULE, DOCUMENT)
    put(home / "rules" / "ledger" / f"{DOCUMENT}.yaml", "    7.1: 随访间隔应由主管医生决定。\n", "")


def add_answers(home: Path) -> None:
    """State the whole answers of two patients, so that urgency and strength of what was added are noticed."""
    with (home / "rules" / "answers.yaml").open("a", encoding="utf-8") as answers:
        answers.write((WRITTEN / "answers.yaml").read_text("utf-8"))


if __name__ == "__main__":  # python tests/extension_support.py CHECKOUT
    add_rule_to_a_document(Path(sys.argv[1]))
    add_document(Path(sys.argv[1]))
    add_drug_and_test(Path(sys.argv[1]))
    add_answers(Path(sys.argv[1]))
