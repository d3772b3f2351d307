"""durable-rules' C module and its host, also under a Python that removed a function which the module names.

Python 3.13 removed ``PyEval_CallObject``. Where durable-rules was built as it is, the name is given by a stand-in of
our own (``callobject.c``) before it is imported; where it was built with the successor's name, nothing is needed.
"""

from __future__ import annotations

import ctypes
import importlib
from pathlib import Path
from typing import Any

REMOVED = "PyEval_CallObject"
STAND_IN = Path(__file__).with_name("_callobject.so")


def native_module() -> Any:
    """Import the C module. Raises ``ImportError`` that says how to build it, where the stand-in is of no use."""
    try:
        return importlib.import_module("durable_rules_engine")
    except ImportError as error:
        if REMOVED not in str(error):
            raise
    try:
        ctypes.CDLL(str(STAND_IN), mode=ctypes.RTLD_GLOBAL)
        return importlib.import_module("durable_rules_engine")
    except (OSError, ImportError):
        raise ImportError(
            f"durable-rules does not import: this Python has no {REMOVED}, and oncocds was installed without the "
            f"stand-in for it ({STAND_IN.name}). Install both again: CPPFLAGS=-D{REMOVED}=PyObject_CallObject "
            "pip install --force-reinstall --no-cache-dir --no-binary=durable-rules oncocds"
        ) from None


native = native_module()

from durable.engine import Host  # noqa: E402 - it imports the C module, which must be there before

__all__ = ["Host", "native"]
