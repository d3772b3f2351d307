"""The settings of a server: read from one file and the environment, checked before anything starts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, Field, PrivateAttr, ValidationError, model_validator

from oncocds.errors import Problem
from oncocds.reading.nearest import suggestion
from oncocds_api.settings.addresses import LOCAL, Address, FhirLimits, Issuer, Origin, SmartServer, secure
from oncocds_api.settings.key_settings import (
    PLAIN,
    STRICT,
    WITH_MORE,
    ApiKey,
    KeyFile,
    OneApiKey,
    Secret,
    SecretOrFile,
    SettingsError,
)
from oncocds_api.settings.limits import Limits
from oncocds_api.tracing.logs import LogFormat

__all__ = ["Settings", "SettingsError", "read_settings"]
PREFIX = "ONCOCDS_"
_FILES = ("vocabulary_overlay", "tls_certificate", "tls_key")
_LISTS = ("frame_ancestors", "cors_origins", "fhir_servers", "free_policy")
_HOLD_SECRETS = ("api_keys", "signing_keys", "audit_key", "feedback_database", "audit_database")


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("expected the IANA name of a time zone, such as Asia/Shanghai")
    return value


class Settings(BaseModel):
    """All settings of a server. The defaults suit one machine: nothing is fetched, no EHR is trusted.

    ``base_url`` is the address the server is called by (``aud`` of tokens and the links of cards begin with it).
    ``time_zone`` is where its users are: the day of an evaluation that names none is the one it is there.
    ``fhir_limits`` are those of some of the ``fhir_servers``, by address; others have ``fetch_seconds`` and 8 at once.
    ``development`` switches the checks of CDS Hooks off; the log and discovery say so. Keys, once there are any, are
    asked for wherever a patient is sent to ``/v1``, and by the page: ``page_access: open`` lets the page evaluate for
    whoever reaches it, where the hospital's own access stands before it. ``free_policy`` names the safety settings of
    the policy that a request may change; the others are the site's alone. ``feedback_spool`` is the folder of what was
    taken and is not in the feedback database yet (default: beside it), ``feedback_spool_bytes`` how much that may be.
    ``feedback_keep_days`` is how long what was shown and what became of it is kept (default: for ever).
    ``worker_memory_bytes`` is the address space of each evaluation process: a request that needs more fails alone.
    ``background_workers`` are processes beside those of ``--workers`` that explanations and scenarios have for
    themselves, and no others; with 0 they share the others but for one.
    ``pid_file`` is where the server writes its process id and address for ``oncocds reload``.
    ``service_per_hook`` gives ``order-select`` and ``order-sign`` a CDS service each, for clients that know a service
    by its address alone, as the public sandbox does.
    ``smart_servers`` are the EHRs that may open the page with SMART on FHIR: none unless named, each by its exact
    address.
    ``vocabulary_overlay`` is a YAML file of the site's own codes, names and code systems.
    An entry of ``api_keys`` is the key, or an ``ApiKey`` with its roles.
    ``audit`` says what happens where an answer cannot be put on record: ``required`` refuses it, ``best-effort`` gives
    it and says so; ``off`` keeps no records. Unset it is ``required`` where callers are known (keys, issuers), else
    ``best-effort`` with an ``audit_key`` and ``off`` without. Records are lines of the files in ``audit_log``, of
    ``audit_file_bytes`` at most, sealed with ``audit_key`` (the key, or ``{file: …}``); with ``audit_fsync`` they are
    on the disk before the answer leaves, without it they survive the process but not the machine. ``audit_database``
    is filled from these files, later; nothing waits for it.
    ``metrics`` gives ``/metrics`` to Prometheus: to whoever has a key, or whoever reaches it. ``log_format``: lines for
    people, or a JSON object each. ``telemetry`` is where spans are sent to (OTLP over HTTP, such as
    ``http://127.0.0.1:4318/v1/traces``); it needs the extra of this name.
    ``limits`` are those of the server (``limits.py``). ``proxy`` says that only a proxy, which ends TLS, reaches the
    server; ``tls_certificate`` (with what it was issued by) and ``tls_key`` are PEM files for TLS without one.
    """

    model_config = STRICT

    base_url: Address = LOCAL
    language: Literal["zh", "en"] = "zh"
    development: bool = False
    service_per_hook: bool = False
    time_zone: Annotated[str, AfterValidator(_time_zone)] | None = None
    frame_ancestors: tuple[Origin, ...] = ()
    cors_origins: tuple[Origin, ...] = ()
    fhir_servers: tuple[Address, ...] = ()
    smart_servers: tuple[SmartServer, ...] = ()
    fetch_seconds: float = Field(default=3.0, gt=0, le=30)
    fhir_limits: Mapping[Address, FhirLimits] = Field(default_factory=dict)
    issuers: tuple[Issuer, ...] = ()
    clock_skew_seconds: int = Field(default=60, ge=0, le=300)
    longest_token_seconds: int = Field(default=300, ge=60, le=86400)
    api_keys: Mapping[str, OneApiKey] = Field(default_factory=dict)
    signing_keys: Mapping[str, Secret] = Field(default_factory=dict)
    page_access: Literal["key", "open"] = "key"
    signature_window_seconds: int = Field(default=300, ge=10, le=900)
    free_policy: tuple[str, ...] = ()
    vocabulary_overlay: Path | None = None
    feedback_database: str = Field(default="sqlite:///oncocds-feedback.sqlite3", min_length=1)
    feedback_spool: Path | None = None
    feedback_spool_bytes: int = Field(default=64 << 20, ge=1024, le=4 << 30)
    audit: Literal["required", "best-effort", "off"] | None = None
    audit_key: SecretOrFile | None = None
    audit_log: Path = Path("oncocds-audit")
    audit_fsync: bool = True
    audit_database: str | None = Field(default=None, min_length=1)
    audit_file_bytes: int = Field(default=64 << 20, ge=4096, le=4 << 30)
    limits: Limits = Limits()
    metrics: Literal["off", "key", "open"] = "off"
    log_format: LogFormat = "text"
    telemetry: Address | None = None
    proxy: bool = False
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    feedback_keep_days: int | None = Field(default=None, ge=1, le=36_500)
    worker_memory_bytes: int = Field(default=1 << 30, ge=1 << 28, le=1 << 40)
    background_workers: int = Field(default=0, ge=0, le=64)
    pid_file: Path | None = None
    _secrets_in: Path | None = PrivateAttr(default=None)

    @property
    def audit_mode(self) -> Literal["required", "best-effort", "off"]:
        """What ``audit`` comes to."""
        if self.audit is not None:
            return self.audit
        if (self.api_keys or self.signing_keys or self.issuers) and not self.development:
            return "required"
        return "off" if self.audit_key is None else "best-effort"

    def files_with_secrets(self) -> Iterator[Path]:
        """Yield the files that hold secrets: the settings file, where it names some, and files of keys."""
        if self._secrets_in is not None:
            yield self._secrets_in
        yield from (one.key_file for one in self.api_keys.values() if isinstance(one, ApiKey) and one.key_file)
        if isinstance(self.audit_key, KeyFile):
            yield self.audit_key.file
        if self.tls_key is not None:
            yield self.tls_key

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("expected 'tls_certificate' and 'tls_key' together, two PEM files")
        if self.metrics == "key" and not (self.api_keys or self.signing_keys):
            raise ValueError("metrics: expected 'open', or 'api_keys' beside 'key'")
        if self.audit_database is not None and self.audit_mode == "off":
            raise ValueError("audit_database: expected records to fill it with: 'audit' is off")
        if not set(self.fhir_limits) <= set(self.fhir_servers):
            raise ValueError("fhir_limits: expected addresses that stand in fhir_servers")
        return self

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.development:
            return self
        if "*" in self.cors_origins:
            raise ValueError("cors_origins: expected origins; '*' is for development only")
        if "*" in self.frame_ancestors:
            raise ValueError("frame_ancestors: expected origins; '*' is for development only")
        fetched = (*self.fhir_servers, *(address for issuer in self.issuers for address in issuer.jku))
        if any(not secure(address) for address in fetched):
            raise ValueError("fhir_servers and jku: expected https (http only on this machine, or in development)")
        opened = (address for server in self.smart_servers for address in (server.iss, *server.origins))
        if any(not secure(address) for address in opened):
            raise ValueError("smart_servers: expected https (http only on this machine, or in development)")
        return self


def read_settings(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read settings from a YAML or JSON file and from ``ONCOCDS_…`` variables, which win. Raises ``SettingsError``.

    A variable has the name of a setting in capitals; lists and mappings are JSON, lists of addresses may be
    separated by commas. ``jwks`` files, files of keys, the ``vocabulary_overlay`` and TLS's files are looked for beside
    the settings file.
    """
    from_file = {} if file is None else _from_file(file)
    values = from_file | _from_environment(environment)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError([_problem(found) for found in error.errors(include_input=False)]) from None
    if file is None:
        return settings
    found = settings.model_copy(update=_beside(settings, file.parent))
    found._secrets_in = file if any(name in _HOLD_SECRETS for name in from_file) else None
    return found


def _beside(settings: Settings, home: Path) -> dict[str, Any]:
    """Return the settings that name files, with files beside the settings file."""
    found: dict[str, Any] = {
        "issuers": tuple(
            one if one.jwks is None else one.model_copy(update={"jwks": home / one.jwks}) for one in settings.issuers
        ),
        "api_keys": {
            name: one.model_copy(update={"key_file": home / one.key_file})
            if isinstance(one, ApiKey) and one.key_file is not None
            else one
            for name, one in settings.api_keys.items()
        },
    }
    files = {name: getattr(settings, name) for name in _FILES}
    found |= {name: home / given for name, given in files.items() if given is not None}
    if isinstance(settings.audit_key, KeyFile):
        found["audit_key"] = KeyFile(file=home / settings.audit_key.file)
    return found


def _from_file(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_bytes())
    except OSError as error:
        raise SettingsError([Problem("/", f"{file}: {error.strerror}", "a settings file that can be read")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark is not None else ""
        raise SettingsError([Problem("/", f"{file} is not YAML{place}", "YAML or JSON")]) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError([Problem("/", "the settings are no mapping", "settings by name")])
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    problems = []
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in Settings.model_fields:
            expected = f"a setting{suggestion(name, Settings.model_fields)}"
            problems.append(Problem(f"/{name}", f"{variable} is no setting", expected))
            continue
        try:
            found[name] = _value(name, text)
        except json.JSONDecodeError:
            problems.append(Problem(f"/{name}", f"{variable} is not JSON", "a list or mapping as JSON"))
    if problems:
        raise SettingsError(problems)
    return found


def _value(name: str, text: str) -> Any:
    if text.lstrip()[:1] in ("[", "{"):
        return json.loads(text)
    if name in _LISTS:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _problem(found: Any) -> Problem:
    pointer = "/" + "/".join(str(step) for step in found["loc"] if step not in (PLAIN, WITH_MORE))
    if found["type"] == "extra_forbidden":
        name = str(found["loc"][-1])
        return Problem(pointer, "no such setting", f"a known setting{suggestion(name, Settings.model_fields)}")
    message = str(found["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    plain = (
        message.removeprefix("expected ").replace("a valid dictionary", "a mapping").replace("a valid tuple", "a list")
    )
    return Problem(pointer, "not accepted", plain)
