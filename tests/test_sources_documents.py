"""The documents are loaded byte for byte, or not at all; what they do not say of themselves is None."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from oncocds.errors import KnowledgeError
from oncocds.sources.documents import load_documents

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
TEXT = "标题:一\r\n作者 甲\n2026年1月2日\n"
ENTRY = """\
- id: doc
  file: doc.txt
  title: 标题:一
  title_en: One
  author: 甲
  date: "2026-01-02"
  date_as_written: 2026年1月2日
  publisher: null
  audience: patients
  sha256: {digest}
"""


def seeds(directory: Path, manifest: str = ENTRY, data: bytes = TEXT.encode()) -> Path:
    (directory / "doc.txt").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    (directory / "manifest.yaml").write_bytes(manifest.replace("{digest}", digest).encode())
    return directory


def errors(directory: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        load_documents(directory)
    return [str(issue) for issue in caught.value.issues]


def test_the_documents_are_kept_as_they_were() -> None:
    documents = load_documents(SEEDS)
    assert list(documents)[:5] == [
        "her2-radiotherapy",
        "lung-bone-metastases",
        "breast-bone-metastases",
        "ret-bone-metastases",
        "hcc-sbrt-sorafenib",
    ]
    for document in documents.values():
        assert document.text.encode() == (SEEDS / document.file).read_bytes()
    assert sorted(document.file for document in documents.values()) == sorted(path.name for path in SEEDS.glob("*.txt"))


def test_what_the_documents_do_not_say_is_not_guessed() -> None:
    documents = load_documents(SEEDS)
    assert {
        document.id: (document.author, document.date, document.date_as_written, document.publisher)
        for document in list(documents.values())[:5]
    } == {
        "her2-radiotherapy": ("沈康", "2026-01-13", "2026年1月13日", "基因百科"),
        "lung-bone-metastases": ("朱正飞", None, "11月27日", "肿瘤资讯"),
        "breast-bone-metastases": ("张鑫丰", None, "01月29日", "肿瘤资讯"),
        "ret-bone-metastases": (None, None, None, None),
        "hcc-sbrt-sorafenib": ("论坛报晶资讯", "2025-08-07", "2025-08-07", "中国医学论坛报"),
    }


def test_every_document_is_named_in_the_notice() -> None:
    notice = (SEEDS / "NOTICE.md").read_text(encoding="utf-8")
    for document in load_documents(SEEDS).values():
        assert f"`{document.file}`" in notice


def test_line_ends_are_not_translated(tmp_path: Path) -> None:
    document = load_documents(seeds(tmp_path))["doc"]
    assert document.text == TEXT
    assert document.publisher is None
    assert document.audience == "patients"


def test_the_mapping_cannot_be_changed(tmp_path: Path) -> None:
    documents = load_documents(seeds(tmp_path))
    with pytest.raises(TypeError):
        documents["other"] = documents["doc"]  # type: ignore[index]


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    seeds(tmp_path)
    changed = TEXT.replace("\r\n", "\n").encode()
    (tmp_path / "doc.txt").write_bytes(changed)
    digest = hashlib.sha256(changed).hexdigest()
    assert errors(tmp_path) == [
        (
            "seeds/manifest.yaml:10:11: documents[0]: doc.txt is not the file this knowledge was written for; "
            f"its sha256 is {digest}"
        )
    ]


def test_an_emptied_file_is_refused(tmp_path: Path) -> None:
    seeds(tmp_path)
    (tmp_path / "doc.txt").write_bytes(b"")
    assert len(errors(tmp_path)) == 1


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("file: doc.txt", "file: other.txt", "2:9: documents[0]: other.txt cannot be read; expected a file in seeds/"),
        (
            "file: doc.txt",
            "file: ../doc.txt",
            "2:9: documents[0]: '../doc.txt' is no plain file name; expected a file in seeds/",
        ),
        ("{digest}", "abc", "10:11: documents[0]: 'sha256' is no digest; expected 64 hexadecimal digits"),
        (
            "author: 甲",
            "author: 甲\n  signed_as: 丁",
            "6:14: documents[0]: 'signed_as' is not what doc.txt says; copy its own words",
        ),
        ("author: 甲", "author: 乙", "5:11: documents[0]: 'author' is not what doc.txt says; copy its own words"),
        (
            "title: 标题:一",
            "title: 标题：一",
            "3:10: documents[0]: 'title' is not what doc.txt says; copy its own words",
        ),
        ("2026-01-02", "2026-1-2", "6:9: documents[0]: 'date' is no full date; expected YYYY-MM-DD or null"),
        ("2026-01-02", "2026-02-30", "6:9: documents[0]: 'date' is no full date; expected YYYY-MM-DD or null"),
        ("  title_en: One\n", "", "1:3: documents[0]: key 'title_en' is missing; it is required here"),
        (
            "audience: patients",
            "audience: patient",
            (
                "9:13: documents[0]: 'audience' cannot be 'patient'; known here: clinicians, patients-and-clinicians, "
                "patients, health-professionals-only; did you mean 'patients'?"
            ),
        ),
        (
            "audience: patients",
            "audience: health-professionals-only\n  patient_education: true",
            ("10:22: documents[0]: 'patient_education' cannot be true of a document for health professionals only"),
        ),
        (
            "audience: patients",
            "audience: patients\n  url: x",
            (
                "10:3: documents[0]: unknown key 'url'; known here: audience, author, date, date_as_written, file, id, "
                "patient_education, publisher, sha256, signed_as, title, title_en"
            ),
        ),
    ],
)
def test_what_the_manifest_may_not_say(tmp_path: Path, old: str, new: str, expected: str) -> None:
    seeds(tmp_path, ENTRY.replace(old, new))
    assert errors(tmp_path) == [f"seeds/manifest.yaml:{expected}"]


def test_a_document_stands_once(tmp_path: Path) -> None:
    seeds(tmp_path, ENTRY + ENTRY)
    assert errors(tmp_path) == [
        "seeds/manifest.yaml:11:3: documents[1]: 'doc' stands twice; each document once",
        "seeds/manifest.yaml:11:3: documents[1]: 'doc.txt' stands twice; each document once",
    ]


def test_a_document_that_is_not_utf8(tmp_path: Path) -> None:
    seeds(tmp_path, data=b"ab\xff")
    assert errors(tmp_path) == ["seeds/manifest.yaml:2:9: documents[0]: doc.txt is not UTF-8 at byte 2; expected UTF-8"]


def test_no_manifest(tmp_path: Path) -> None:
    assert errors(tmp_path) == [
        "seeds/manifest.yaml:1:1: the file cannot be read; expected the list of the source documents"
    ]
