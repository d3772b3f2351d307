"""Posts a FHIR bundle and prints the advice with the resources behind it, and what could not be used.

python examples/post_fhir_bundle.py examples/fhir/bone-metastases-with-two-agents.json [http://localhost:8000]

Needs a running server (``oncocds serve``) and nothing but Python's own library.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


def post(bundle: bytes, server: str) -> dict[str, Any]:
    """Return the server's evaluation of a bundle. Raises ``HTTPError`` whose body is the problem."""
    request = urllib.request.Request(
        f"{server}/v1/fhir/evaluations", data=bundle, headers={"Content-Type": "application/fhir+json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def show(answer: dict[str, Any]) -> None:
    """Print each item of advice with the records it rests on, then the report of the mapping."""
    for item in answer["evaluation"]["advice"]:
        facts = [because["fact"] for ground in item["grounds"] for because in ground["because"]]
        records = sorted({record for fact in facts for record in answer["provenance"].get(fact, ())})
        print(f"[{item['urgency']}] {item['title']['zh']} / {item['title']['en']}")
        print(f"    {', '.join(records)}")
    for entry in answer["report"]["unmapped"]:
        print(f"({entry['reason']}) {', '.join(entry['resources'])}: {entry['text']['zh']}")
    for entry in answer["report"]["plausibility"]:
        print(f"(!) {', '.join(entry['resources'])}: {entry['text']['zh']}")


def main(arguments: list[str]) -> int:
    """Post the bundle in a file; 0 if it was evaluated, 2 if it was refused or nobody answered."""
    if not arguments:
        print("usage: post_fhir_bundle.py BUNDLE.json [http://localhost:8000]", file=sys.stderr)
        return 2
    server = arguments[1] if len(arguments) > 1 else "http://localhost:8000"
    try:
        show(post(Path(arguments[0]).read_bytes(), server))
    except urllib.error.HTTPError as refused:
        print(refused.read().decode(), file=sys.stderr)
        return 2
    except urllib.error.URLError as unreached:
        print(f"{server} does not answer ({unreached.reason}); it is started with: oncocds serve", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
