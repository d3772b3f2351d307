"""The command line: ``oncocds evaluate | rules | check | serve | scenarios | new-rule``."""

from oncocds.cli.main import main

__all__ = ["main"]
