"""Write a bill of materials (CycloneDX 1.6, JSON) of what is shipped: the lock's packages, versions and hashes.

    python scripts/sbom.py [FILE]        # default: standard output

It is made from ``requirements.lock`` alone, so it says what is installed with ``--require-hashes`` and nothing else.
The same lock gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_NAMED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)\s*(?:;\s*(?P<marker>.+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def packages(lock: str) -> list[dict[str, Any]]:
    """Return the components of a lock, in its order. Raises ``ValueError`` for a line that is not understood."""
    found: list[dict[str, Any]] = []
    for entry in lock.replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        named = _NAMED.match(entry.partition("--hash")[0].strip())
        hashes = _HASH.findall(entry)
        if named is None or not hashes or len(hashes) != entry.count("--hash="):
            raise ValueError(f"not a locked package with its hashes: {entry.strip()[:80]}")
        name, version = named["name"], named["version"]
        purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
        component: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
        component["hashes"] = [{"alg": "SHA-256", "content": one} for one in hashes]  # of each file it is published as
        if named["marker"]:
            component["properties"] = [{"name": "oncocds:installed-where", "value": named["marker"].strip()}]
        found.append(component)
    return found


def bill(lock: str, version: str) -> dict[str, Any]:
    """Return the bill of materials of a lock and a version of the product."""
    components = packages(lock)
    own = f"pkg:generic/oncocds@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own + lock)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": own, "name": "oncocds", "version": version}},
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [one["bom-ref"] for one in components]}],
    }


def main() -> None:
    """Write the bill of this checkout."""
    source = (ROOT / "engine" / "oncocds" / "__init__.py").read_text("utf-8")
    version = re.search(r'__version__ = "([^"]+)"', source)
    assert version is not None, "engine/oncocds/__init__.py names no version"
    made = json.dumps(bill((ROOT / "requirements.lock").read_text("utf-8"), version[1]), indent=1) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(made, "utf-8")
    else:
        sys.stdout.write(made)


if __name__ == "__main__":
    main()
