"""A new rule file from a quote, a new document from a text: well formed, full of TODOs, and not yet loadable."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import get_args

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.glosses import HEAD, glosses_file
from oncocds.knowledge.models import URGENCIES, EvidenceLevel, Kind, Strength
from oncocds.knowledge.rule_files import RULE_ID
from oncocds.reading.marks import Mapping, Scalar, Sequence
from oncocds.reading.nearest import suggestion
from oncocds.reading.traps import shown
from oncocds.reading.yaml import read_yaml
from oncocds.sources.documents import AUDIENCES, Document, load_documents
from oncocds.sources.passages import fold, resolve
from oncocds.sources.sentences import sentences

_TEMPLATE = """\
id: {id}
revision: 1
title:
  zh: TODO 规则的标题
  en: TODO title of the rule
kind: TODO            # {kinds}
urgency: TODO         # {urgencies}
action: TODO          # a file of rules/actions, by its id
scope: {{tumour: [TODO]}}
strength:
  zh: TODO 文中表示强度的原词
  en: TODO the same in English
  reading: TODO       # {strengths}
evidence:
  level: TODO         # {levels}
recipients: [TODO]
when:
  all:
    - TODO            # such as: holds established-bone-metastases
then:
  zh: TODO 一句话：做什么、为什么
  en: TODO one sentence, what to do and why
not_said:
  zh: TODO 来源未述之处
  en: TODO what the passage does not say
source:
  - document: {document}
    exact: {exact}{context}
    role: states
examples:
  - given: {{TODO: a patient for whom it fires}}
    expect: fires
  - given: {{TODO: a patient for whom it is silent}}
    expect: silent
  - given: {{TODO: a patient of whom too little is known}}
    expect: undetermined
    asks: [TODO]
"""

_GLOSS = """\
- quote: {quote}
  en: TODO the quote in English, word for word
"""
_DOCUMENT_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MANIFEST_LINE = """
- id: {id}
  file: {file}
  title: {title}
  title_en: TODO a short English name
  author: null          # this and the next three in the document's own words, or null where it does not say
  date: null            # a full date as YYYY-MM-DD
  date_as_written: null
  publisher: null
  audience: TODO        # {audiences}
  patient_education: false
  sha256: {digest}
"""
_LEDGER = """\
# The sentences of the document that no rule rests on, in reading order, each with the reason. Take out what a rule
# quotes. background: about the subject, yet nothing to act on or to support a rule with; furniture: part of the page.

- disposition: background
  reason:
    zh: TODO 为何没有规则依据这些句子
    en: TODO why no rule rests on these sentences
  sentences:
{sentences}
"""


def new_document(rules_dir: Path, seeds_dir: Path, document: str, text: Path) -> tuple[Path, ...]:
    """Take a document in, byte for byte; return what was written: its copy, the manifest, its ledger and its folder.

    The ledger lists every sentence, to be taken out as rules quote them. Nothing loads before every TODO is replaced.
    Raises ``KnowledgeError`` where the id is none or taken, or the text cannot be kept; nothing is written then.
    """
    seed, manifest = seeds_dir / text.name, seeds_dir / "manifest.yaml"
    listed, folder = rules_dir / "ledger" / f"{document}.yaml", rules_dir / document
    if not _DOCUMENT_ID.fullmatch(document):
        raise _refused(manifest, f"'{shown(document)}' is no document id; expected one like lung-bone-metastases")
    if text.suffix != ".txt":
        raise _refused(text, "expected a file that ends in .txt")
    try:
        data = text.read_bytes()
        words = data.decode("utf-8")
    except OSError:
        raise _refused(text, "the file cannot be read; expected the text of a document") from None
    except UnicodeDecodeError as error:
        raise _refused(text, f"the file is not UTF-8 at byte {error.start}; expected UTF-8") from None
    found = sentences(words)
    if not found:
        raise _refused(text, "the file holds no sentence; expected the text of a document")
    for other in load_documents(seeds_dir, unlisted=text.name).values():
        if other.id == document or other.text == words:
            raise _refused(manifest, f"the document '{shown(other.id)}' exists already")
    for taken in (listed, folder, *([] if seed.resolve() == text.resolve() else [seed])):
        if taken.exists():
            raise _refused(taken, "this exists already")
    lines = (
        f"    {sentence.id}: {json.dumps(words[sentence.start : sentence.end], ensure_ascii=False)}"
        for sentence in found
    )
    entry = _MANIFEST_LINE.format(
        id=document,
        file=json.dumps(text.name, ensure_ascii=False),
        title=json.dumps(words[found[0].start : found[0].end], ensure_ascii=False),
        audiences=", ".join(AUDIENCES),
        digest=hashlib.sha256(data).hexdigest(),
    )
    if seed.resolve() != text.resolve():
        seed.write_bytes(data)
    manifest.write_text(manifest.read_text("utf-8").rstrip("\n") + "\n" + entry, "utf-8")
    listed.write_text(_LEDGER.format(sentences="\n".join(lines)), "utf-8")
    folder.mkdir()
    return seed, manifest, listed, folder


def new_rule(rules_dir: Path, seeds_dir: Path, rule_id: str, document: str, exact: str) -> Path:
    """Write the start of a rule file and return its path.

    It does not load before every TODO in it is replaced. Of a quote that occurs several times the first place is taken,
    told apart by a prefix. Raises ``KnowledgeError`` where the id is none or taken, the document is unknown or the
    quote does not stand in it.
    """
    documents = load_documents(seeds_dir)
    path = rules_dir / document / f"{rule_id}.yaml"
    if not RULE_ID.fullmatch(rule_id):
        raise _refused(path, f"'{shown(rule_id)}' is no rule id; expected one like BCBM-62")
    if document not in documents:
        known = f"{', '.join(documents)}{suggestion(document, documents)}"
        raise _refused(path, f"no document '{shown(document)}'; known here: {known}")
    for taken in sorted(rules_dir.glob(f"*/{rule_id}.yaml")):
        raise _refused(taken, "this rule exists already")
    context = _context(documents[document], exact, path)
    text = _TEMPLATE.format(
        id=rule_id,
        document=document,
        exact=json.dumps(exact, ensure_ascii=False),
        context=context,
        kinds=", ".join(get_args(Kind)),
        urgencies=", ".join(URGENCIES),
        strengths=", ".join(get_args(Strength)),
        levels=", ".join(get_args(EvidenceLevel)),
    )
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def new_gloss(rules_dir: Path, document: str, exact: str) -> Path | None:
    """Ask for the gloss of a quote at the end of its document's; None where the quote has one.

    Returns the file, which does not load before the TODO in it is replaced.
    """
    path = rules_dir / "glosses" / f"{document}.yaml"
    listed = read_yaml(path, shown_as=glosses_file(document)) if path.is_file() else None
    known = (one.get("quote") for one in listed if isinstance(one, Mapping)) if isinstance(listed, Sequence) else ()
    if any(isinstance(one, Scalar) and fold(one.text) == fold(exact) for one in known):
        return None
    before = path.read_text("utf-8").rstrip("\n") + "\n" if path.is_file() else HEAD
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before}{_GLOSS.format(quote=json.dumps(exact, ensure_ascii=False))}", "utf-8")
    return path


def _context(document: Document, exact: str, path: Path) -> str:
    """Return the prefix that makes a repeated quote unique (its first place is taken), nothing for a unique one."""
    try:
        resolve(document, exact)
    except LookupError as error:
        at = document.text.find(exact)
        if at < 0:
            raise _refused(path, str(error)) from None
        for length in range(4, 60, 4):
            prefix = document.text[max(0, at - length) : at]
            try:
                resolve(document, exact, prefix)
            except LookupError:
                continue
            return f"\n    prefix: {json.dumps(prefix, ensure_ascii=False)}"
        raise _refused(path, str(error)) from None
    return ""


def _refused(path: Path, message: str) -> KnowledgeError:
    return KnowledgeError([Issue(str(path), 1, 1, message)])
