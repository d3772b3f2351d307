"""Nothing is said of types here: pyarrow makes most of its functions when it is imported."""

from typing import Any

def __getattr__(name: str) -> Any: ...
