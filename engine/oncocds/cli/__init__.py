"""The command line: ``oncocds evaluate | explain | rules | check | ledger | policy | serve | scenarios | new-rule``."""

from oncocds.cli.main import main

__all__ = ["main"]
