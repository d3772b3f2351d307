"""A new rule file from a quote: well formed, full of TODOs, and therefore not yet loadable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from oncocds.errors import Issue, KnowledgeError
from oncocds.knowledge.models import URGENCIES, EvidenceLevel, Kind, Strength
from oncocds.knowledge.rule_files import RULE_ID
from oncocds.reading.nearest import suggestion
from oncocds.reading.traps import shown
from oncocds.sources.documents import Document, load_documents
from oncocds.sources.passages import resolve

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
