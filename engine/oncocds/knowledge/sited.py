"""Knowledge with what a site adds to it: its own drugs, codes and names are part of what the digest names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from oncocds.knowledge.digest import digest
from oncocds.knowledge.knowledge import Knowledge
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.overlay import with_overlay
from oncocds.vocabulary.site import site_codes


def sited(knowledge: Knowledge, directory: Path, overlay: Path, codes: CodeTables) -> Knowledge:
    """Return knowledge with a site's overlay; ``directory`` holds the code tables, ``codes`` are those without it.

    Its digest is another one if and only if the overlay says something. Raises ``KnowledgeError``.
    """
    vocabulary = with_overlay(knowledge.vocabulary, directory, overlay, codes)
    tables = site_codes(vocabulary)
    if tables is None:
        return knowledge
    # All that an overlay says stands in the tables, names of drugs and drugs of its own included.
    digests = {**knowledge.digests, "vocabulary": digest([knowledge.digests["vocabulary"], tables.digest])}
    return replace(knowledge, vocabulary=vocabulary, digests=digests, digest=digest(digests))
