"""Models whose validators and serializers are built when they are first used: of most, which stand in others, never."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

_building = threading.RLock()


class Deferred(BaseModel):
    """Base of the profile's and the answer's models.

    Where a start imports them, their modules take no ``from __future__ import annotations``: pydantic would compile the
    text of each field's type, every time.
    """

    model_config = ConfigDict(defer_build=True)

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        _parent_namespace_depth: int = 2,
        _types_namespace: Mapping[str, Any] | None = None,
    ) -> bool | None:
        """Build what is not built yet, one thread at a time.

        Not every pydantic that we run on keeps threads apart that use a model for the first time together: while one
        builds, another might get the parts of the model's base, and write an answer without fields.
        """
        with _building:
            if cls.__pydantic_complete__ and not force:
                return None
            return super().model_rebuild(
                force=force,
                raise_errors=raise_errors,
                _parent_namespace_depth=_parent_namespace_depth + 1,
                _types_namespace=_types_namespace,
            )
