"""What the commands about one patient are given: the patient, the site's settings, the day, the language."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from oncocds.cli.refused import Refused
from oncocds.refusal_words import refusal_words
from oncocds.text import Language

if TYPE_CHECKING:
    from oncocds.profile.policy import Policy
    from oncocds.vocabulary.models import Vocabulary


def patient_options(command: argparse.ArgumentParser, written: str = "text") -> None:
    """Add the options to a command that writes something about a patient."""
    command.add_argument("patient", help="patient profile as JSON; - reads standard input")
    command.add_argument("--policy", type=Path, help="local policy (JSON or YAML), laid over the shipped one")
    command.add_argument("--as-of", help="date of the evaluation, YYYY-MM-DD (default: today)")
    command.add_argument("--lang", choices=("zh", "en"), default="zh", help=f"language of the {written} (default: zh)")


def patient_of(options: argparse.Namespace, vocabulary: Vocabulary) -> tuple[bytes, Policy | None]:
    """Return the patient and the policy for this one call, so that the answer says what it changes.

    Raises ``Refused`` and ``InputError``.
    """
    from oncocds.profile.reading import read_policy

    source = read_patient(options.patient, options.lang)
    return source, None if options.policy is None else read_policy(options.policy, vocabulary)


def read_patient(path: str, language: Language) -> bytes:
    """Return what a patient's file holds. Raises ``Refused``."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        reason, expected = f"the file cannot be read: {error.strerror}", "a patient profile as JSON"
        told = refusal_words({"reason": reason, "expected": expected})
        raise Refused(f"{path}: {told[language]}") from None
