"""``python -m oncocds`` is the command ``oncocds``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command and return its exit code; interrupted while its modules are read, it ends in words, too."""
    try:
        from oncocds.cli import main as command

        return command()
    except KeyboardInterrupt:
        print("oncocds: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
