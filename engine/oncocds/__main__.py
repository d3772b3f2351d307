"""``python -m oncocds`` is the command ``oncocds``."""

from __future__ import annotations

import sys

from oncocds.cli import main

if __name__ == "__main__":
    sys.exit(main())
