"""The command line: ``oncocds evaluate | explain | rules | check | ledger | policy | serve | scenarios | …``."""

from oncocds.cli.main import main

__all__ = ["main"]
