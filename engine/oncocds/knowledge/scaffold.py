"""A new rule file from a quote: well formed, full of TODOs, and therefore not yet loadable."""

from __future__ import annotations

import json
from pathlib import Path

from oncocds.errors import Issue, KnowledgeError
from oncocds.sources.documents import Document, load_documents
from oncocds.sources.passages import resolve

_TEMPLATE = """\
id: {id}
revision: 1
title:
  zh: TODO 规则的标题
  en: TODO title of the rule
kind: recommendation
urgency: info
action: TODO-action
scope: {{tumour: [breast]}}
strength:
  zh: TODO
  en: TODO
  reading: may
evidence:
  level: expert-opinion
recipients: [medical_oncologist]
when:
  all:
    - holds established-bone-metastases
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
  - given:
      diagnosis: {{tumour_type: breast}}
    expect: fires
  - given:
      diagnosis: {{tumour_type: nsclc}}
    expect: silent
"""


def new_rule(rules_dir: Path, seeds_dir: Path, rule_id: str, document: str, exact: str) -> Path:
    """Write the start of a rule file and return its path.

    Raises ``KnowledgeError`` where the file exists, the document is unknown or the quote does not stand in it.
    """
    documents = load_documents(seeds_dir)
    path = rules_dir / document / f"{rule_id}.yaml"
    if document not in documents:
        raise _refused(path, f"no document '{document}'; known here: {', '.join(documents)}")
    if path.exists():
        raise _refused(path, "this rule exists already")
    context = _context(documents[document], exact, path)
    path.parent.mkdir(exist_ok=True)
    quoted = json.dumps(exact, ensure_ascii=False)
    path.write_text(_TEMPLATE.format(id=rule_id, document=document, exact=quoted, context=context), "utf-8")
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
