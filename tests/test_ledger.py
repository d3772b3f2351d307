"""The ledger: no sentence of any document goes unaccounted, and what does not add up is named at its place."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from oncocds.cli import main
from oncocds.errors import KnowledgeError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.ledger import ledger, ledger_issues
from oncocds.knowledge.loader import load_knowledge
from oncocds.reference.ledger import document_ledgers, sum_of
from oncocds.sources.sentences import sentences, sentences_at
from oncocds.vocabulary.bundled import bundled_knowledge

DOCUMENT = "breast-bone-metastases"
LEDGER = f"rules/ledger/{DOCUMENT}.yaml"
RULE = f"rules/{DOCUMENT}/BCBM-09.yaml"
SEED = "seeds/002_68db7c8cdc94a21a.txt"
INTRODUCTION = "乳腺癌骨转移是晚期乳腺癌最常见的转移类型之一,严重影响患者的生存质量与长期预后。"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the bundled knowledge to spoil."""
    for name in ("rules", "seeds"):
        shutil.copytree(bundled_knowledge() / name, tmp_path / name)
    return tmp_path


def replaced(home: Path, file: str, old: str, new: str) -> None:
    path = home / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def issues(home: Path) -> list[str]:
    """What does not add up in the document that was spoilt."""
    found = ledger_issues(load_knowledge(home / "rules", home / "seeds"))
    return [str(issue) for issue in found if DOCUMENT in issue.path or issue.path == SEED]


def line_of(home: Path, file: str, text: str) -> int:
    lines = (home / file).read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_every_sentence_of_every_document_is_accounted_for(knowledge: Knowledge) -> None:
    assert [str(issue) for issue in ledger_issues(knowledge)] == []


def test_every_sentence_stands_once_in_reading_order(knowledge: Knowledge) -> None:
    for identity, accounts in ledger(knowledge).items():
        text = knowledge.documents[identity].text
        assert tuple(account.sentence for account in accounts) == sentences(text)
        for account in accounts:
            assert account.text == text[account.sentence.start : account.sentence.end]


def test_the_account_of_a_sentence_is_what_the_passages_say(knowledge: Knowledge) -> None:
    quoted = {
        (passage.document, sentence.id)
        for passages in knowledge.passages.values()
        for passage in passages
        for sentence in sentences_at(knowledge.documents[passage.document].text, passage.start, passage.end)
    }
    for identity, accounts in ledger(knowledge).items():
        for account in accounts:
            named = bool(account.rules or account.evidence or account.evidence_for)
            assert named == ((identity, account.sentence.id) in quoted)
            assert named == (account.disposition in ("rule", "evidence"))
            assert (account.reason is None) == (account.disposition in ("rule", "unaccounted"))


def test_a_sentence_that_is_evidence_names_the_note_and_what_it_supports(knowledge: Knowledge) -> None:
    accounts = {account.sentence.id: account for account in ledger(knowledge)["her2-radiotherapy"]}
    theory = accounts["28.1"]
    assert (theory.disposition, theory.evidence, theory.evidence_for) == (
        "evidence",
        ("HER2RT-26",),
        ("HER2RT-01", "HER2RT-10"),
    )
    population = accounts["39.1"]
    assert (population.disposition, population.evidence, population.evidence_for) == ("evidence", (), ("HER2RT-10",))


def test_a_sentence_that_nothing_accounts_for(home: Path) -> None:
    replaced(home, LEDGER, f"    9.1: {INTRODUCTION}\n", "    9.4: 没有\n")
    replaced(home, LEDGER, "    9.4: 特邀", "    9.9: 特邀")
    assert [issue for issue in issues(home) if issue.startswith(SEED)] == [
        (
            f"{SEED}:9:1: sentence 9.1 “乳腺癌骨转移是晚期乳腺癌最常见的转移类型…” is accounted for by nothing; "
            f"quote it in a rule, or say why not in {LEDGER}"
        )
    ]


def test_a_place_within_a_line(home: Path) -> None:
    replaced(home, LEDGER, "    31.2: ", "    31.9: ")
    (unaccounted,) = [issue for issue in issues(home) if issue.startswith(SEED)]
    assert unaccounted.startswith(f"{SEED}:31:28: sentence 31.2 “在此基础上,")


def test_a_sentence_the_document_does_not_have(home: Path) -> None:
    line = line_of(home, LEDGER, "    31.2: ")
    replaced(home, LEDGER, "    31.2: ", "    31.9: ")
    assert f"{LEDGER}:{line}:5: {DOCUMENT} has no sentence 31.9; these words are sentence 31.2" in issues(home)
    replaced(home, LEDGER, "    31.9: 在此", "    31.9: 由此")
    assert any(f"{LEDGER}:{line}:5: {DOCUMENT} has no sentence 31.9; did you mean" in issue for issue in issues(home))


def test_other_words_than_the_document_has(home: Path) -> None:
    line = line_of(home, LEDGER, "    9.1: ")
    replaced(home, LEDGER, f"9.1: {INTRODUCTION}", "9.1: 乳腺癌骨转移")
    assert issues(home) == [
        (
            f"{LEDGER}:{line}:5: sentence 9.1 of {DOCUMENT} reads “乳腺癌骨转移是晚期乳腺癌最常见的转移类型…”, "
            "not “乳腺癌骨转移”"
        )
    ]


def test_a_sentence_that_stands_twice(home: Path) -> None:
    first = line_of(home, LEDGER, "    11.1: ")
    second = line_of(home, LEDGER, "    31.1: ")
    replaced(home, LEDGER, "    31.1: ", "    11.1: 张鑫丰\n    31.1: ")
    assert issues(home) == [f"{LEDGER}:{second}:5: sentence 11.1 stands in line {first} too; each sentence once"]
    replaced(home, LEDGER, "    12.1: ", "    11.1: 张鑫丰\n    12.1: ")
    with pytest.raises(KnowledgeError, match=f"{LEDGER}:{first + 1}:5: .*11.1"):
        issues(home)


def test_an_entry_for_a_sentence_that_a_rule_rests_on(home: Path) -> None:
    line = line_of(home, LEDGER, "    9.1: ")
    quote = f"  - document: {DOCUMENT}\n    exact: {INTRODUCTION}\n    role: supports\n"
    replaced(home, RULE, "source:\n", f"source:\n{quote}")
    assert issues(home) == [f"{LEDGER}:{line}:5: sentence 9.1 is quoted by BCBM-09; take it out of the ledger"]


def test_a_rule_without_a_sentence_of_its_document(knowledge: Knowledge) -> None:
    bare = dataclasses.replace(knowledge, passages={**knowledge.passages, "BCBM-09": ()})
    assert f"{RULE}:1:1: BCBM-09 rests on no sentence of {DOCUMENT}" in [str(issue) for issue in ledger_issues(bare)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("disposition: furniture", "disposition: boilerplate", "'disposition' cannot be 'boilerplate'"),
        ("    zh: 网站界面文字", "    zh: site chrome", "reason.zh holds no Chinese"),
        ("  sentences:\n    1.1: 您好,欢迎您", "  sentences:\n    1.1: [您好]", "1.1 holds no text"),
        ("  sentences:", "  sentence:", "key 'sentences' is missing"),
    ],
)
def test_what_a_ledger_may_not_say(home: Path, old: str, new: str, said: str) -> None:
    replaced(home, LEDGER, old, new)
    with pytest.raises(KnowledgeError) as refused:
        issues(home)
    assert any(issue.path == LEDGER and said in issue.message for issue in refused.value.issues)


def test_a_ledger_of_no_document(home: Path) -> None:
    (home / LEDGER).rename(home / "rules/ledger/breast-bone-metastasis.yaml")
    with pytest.raises(KnowledgeError, match=r"breast-bone-metastasis\.yaml:1:1: no such document"):
        issues(home)


def test_the_command_prints_totals_and_fails_with_the_place(
    home: Path, capsys: pytest.CaptureFixture[str], knowledge: Knowledge
) -> None:
    assert main(["ledger"]) == 0
    *documents, total = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in documents] == list(knowledge.documents)
    everything = sum(len(sentences(document.text)) for document in knowledge.documents.values())
    assert total.startswith(f"合计: 句 {everything} ")
    replaced(home, LEDGER, "    31.2: ", "    31.9: ")
    assert main(["--knowledge", str(home), "ledger", "--lang", "en"]) == 1
    printed = capsys.readouterr()
    assert f"{SEED}:31:28: " in printed.err
    assert "unaccounted 1" in printed.out
    assert main(["--knowledge", str(home), "ledger", "her2-radiotherapy"]) == 0


def test_the_command_fails_on_a_quote_that_does_not_resolve(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replaced(home, RULE, "影像学检查始终是核心手段。", "影像学检查总是核心手段。")
    assert main(["--knowledge", str(home), "ledger"]) == 1
    assert f"{RULE}:{line_of(home, RULE, '总是核心手段') - 1}:5: the quote occurs 0 times" in capsys.readouterr().err


def test_the_command_prints_one_document_and_json(capsys: pytest.CaptureFixture[str], knowledge: Knowledge) -> None:
    assert main(["ledger", DOCUMENT]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert f"9.1\t背景\t{INTRODUCTION}\t疾病背景：常见程度与影响" in printed
    assert main(["ledger", DOCUMENT, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    own = document_ledgers(knowledge)[DOCUMENT]
    assert answer["documents"] == [own.model_dump(mode="json")]
    assert answer["totals"] == own.totals.model_dump() == sum_of([own.totals]).model_dump()
    assert main(["ledger", "breast-bone-metastasis"]) == 2
    assert f"did you mean '{DOCUMENT}'" in capsys.readouterr().err
