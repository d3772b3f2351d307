"""The audit key: it seals records and stands between the log and whoever would guess what was hashed."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from oncocds.errors import Problem
from oncocds_api.settings.key_settings import KeyFile, SettingsError, secret_in
from oncocds_api.settings.settings import Settings

_MAKE = 'such as one made by: (umask 077; openssl rand -hex 32 > audit.key), named as audit_key: {file: "audit.key"}'


class AuditKey:
    """A secret for HMAC-SHA256. Each purpose has hashes of its own: one cannot be taken for another."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def keyed(self, purpose: str, text: str | bytes) -> str:
        """Return the keyed hash of a text, in hexadecimal digits."""
        content = text if isinstance(text, bytes) else text.encode()
        return hmac.new(self._secret, purpose.encode() + b"\0" + content, hashlib.sha256).hexdigest()

    @property
    def id(self) -> str:
        """What tells keys apart; it says nothing of the key."""
        return self.keyed("key", "")[:16]


def audit_key(settings: Settings) -> AuditKey:
    """Return the key of the settings; where none is named, one that is made once, in a file beside the log's folder.

    ``audit: required`` must name one. Raises ``SettingsError``.
    """
    told = settings.audit_key
    if isinstance(told, KeyFile):
        return AuditKey(secret_in(told.file, "/audit_key/file"))
    if told is not None:
        return AuditKey(told.get_secret_value())
    if settings.audit == "required":
        raise SettingsError([Problem("/audit_key", "missing: records are sealed with it (audit: required)", _MAKE)])
    own = made_key_file(settings)
    try:
        _make(own)
    except OSError as error:
        raise SettingsError([Problem("/audit_key", f"missing, and {own}: {error.strerror}", _MAKE)]) from None
    return AuditKey(secret_in(own, "/audit_key"))


def made_key_file(settings: Settings) -> Path:
    """Return where the key stands that is made where none is named."""
    return settings.audit_log.with_name(settings.audit_log.name + ".key")


def _make(file: Path) -> None:
    if file.exists():
        return
    own = file.with_name(f"{file.name}.{os.getpid()}-{os.urandom(4).hex()}")  # whole at once: another may make it now
    try:
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, os.urandom(32).hex().encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(own, file)
        except FileExistsError:
            return
    finally:
        own.unlink(missing_ok=True)
