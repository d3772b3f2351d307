"""What a process answers from, as one digest: the server lets only those workers answer that have its own."""

from __future__ import annotations

import hashlib
import json

from oncocds import __version__
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import Policy, policy_digest
from oncocds.vocabulary.code_tables import CodeTables


def identity(knowledge: Knowledge, policy: Policy, codes: CodeTables) -> str:
    """Return the digest of the engine's version, the knowledge and its version, the codes and the site's policy."""
    parts = [__version__, knowledge.version, knowledge.digest, codes.digest, policy_digest(policy)]
    return "sha256:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()
