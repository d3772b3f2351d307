"""Keys and secrets as settings tell them: as they are, as a hash, in a file; and what a key may do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, SecretStr, Tag, model_validator

from oncocds.errors import InputError, Problem

_SHORTEST = 16  # characters of a secret


class SettingsError(InputError):
    """Settings that cannot be: each problem names the setting and what was expected. Values are never repeated."""


Secret = Annotated[SecretStr, Field(min_length=_SHORTEST)]
Role = Literal["evaluate", "hooks", "feedback", "audit", "scenarios", "change_policy"]
STRICT = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
PLAIN, WITH_MORE = "<plain>", "<with more>"
"""Two ways to write a setting; they are no part of its place."""


def _way(told: Any) -> str:
    return WITH_MORE if isinstance(told, Mapping | BaseModel) else PLAIN


class ApiKey(BaseModel):
    """An API key with its roles: the key itself, its SHA-256 in hexadecimal digits, or a file that holds it.

    ``evaluate``: patients to ``/v1`` and the page. ``hooks``: CDS Hooks without a token. ``feedback``: read what became
    of cards. ``audit``: read records. ``scenarios``: run and write scenarios on the page. ``change_policy``: set the
    site's safety settings otherwise for one patient.
    """

    model_config = STRICT

    key: Secret | None = None
    key_sha256: str | None = Field(default=None, pattern=r"^[0-9a-fA-F]{64}$")
    key_file: Path | None = None
    roles: tuple[Role, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.key, self.key_sha256, self.key_file)) != 1:
            raise ValueError("expected one of 'key', 'key_sha256' and 'key_file', beside 'roles'")
        return self


class KeyFile(BaseModel):
    """A file that holds a secret, in one line."""

    model_config = STRICT

    file: Path


OneApiKey = Annotated[Annotated[Secret, Tag(PLAIN)] | Annotated[ApiKey, Tag(WITH_MORE)], Discriminator(_way)]
SecretOrFile = Annotated[Annotated[Secret, Tag(PLAIN)] | Annotated[KeyFile, Tag(WITH_MORE)], Discriminator(_way)]


def secret_in(file: Path, pointer: str) -> str:
    """Return the secret that a file holds. Raises ``SettingsError`` for the setting that names it."""
    try:
        secret = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        raise SettingsError([Problem(pointer, f"{file}: {why}", "a file that holds the key")]) from None
    if len(secret) < _SHORTEST or len(secret.splitlines()) != 1:
        raise SettingsError([Problem(pointer, f"{file} holds no key", f"one line of at least {_SHORTEST} characters")])
    return secret
