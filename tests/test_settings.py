"""Settings: one file and the environment; what cannot be is refused by name, and no secret is repeated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oncocds.cli.main import main
from oncocds_api.settings.settings import Settings, SettingsError, read_settings

SECRET = "a-key-of-at-least-sixteen-Zhongqiu"


def test_the_defaults_trust_nobody() -> None:
    settings = read_settings(None, {})
    assert settings == Settings()
    assert not settings.development
    assert settings.issuers == settings.fhir_servers == settings.cors_origins == settings.frame_ancestors == ()


def test_a_file_and_the_environment_which_wins(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(
        "base_url: https://cds.example/oncocds/\nlanguage: en\ncors_origins: [https://a.example]\n", "utf-8"
    )
    environment = {
        "ONCOCDS_LANGUAGE": "zh",
        "ONCOCDS_FHIR_SERVERS": "https://ehr.example/fhir, https://b.example",
        "ONCOCDS_API_KEYS": json.dumps({"his": SECRET}),
        "ONCOCDS_ISSUERS": json.dumps([{"iss": "https://ehr.example", "jku": ["https://ehr.example/jwks"]}]),
        "ONCOCDS_CLOCK_SKEW_SECONDS": "30",
        "PATH": "/bin",
    }
    settings = read_settings(file, environment)
    assert settings.base_url == "https://cds.example/oncocds"
    assert settings.language == "zh"
    assert settings.cors_origins == ("https://a.example",)
    assert settings.fhir_servers == ("https://ehr.example/fhir", "https://b.example")
    assert settings.issuers[0].jku == ("https://ehr.example/jwks",)
    assert settings.api_keys["his"].get_secret_value() == SECRET
    assert settings.clock_skew_seconds == 30
    assert read_settings(tmp_path / "settings.yaml", {}).language == "en"
    file.write_text("", "utf-8")
    assert read_settings(file, {}) == Settings()
    file.write_text('{"development": true, "cors_origins": ["*"]}', "utf-8")
    assert read_settings(file, {}).cors_origins == ("*",)
    assert read_settings(None, {"ONCOCDS_DEVELOPMENT": "true"}).development


def test_a_sites_own_vocabulary_stands_beside_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("vocabulary_overlay: site.yaml\n", "utf-8")
    assert read_settings(file, {}).vocabulary_overlay == tmp_path / "site.yaml"
    assert read_settings(None, {}).vocabulary_overlay is None


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"base_ulr": "https://x.example"}, "/base_ulr", "base_url"),
    ({"base_url": "cds.example"}, "/base_url", "absolute"),
    ({"base_url": "https://user:pw@x.example"}, "/base_url", "without a user"),
    ({"base_url": "https://x.example/?a=1"}, "/base_url", "query"),
    ({"language": "de"}, "/language", "zh"),
    ({"time_zone": "Beijing"}, "/time_zone", "Asia/Shanghai"),
    ({"time_zone": "../etc/passwd"}, "/time_zone", "Asia/Shanghai"),
    ({"cors_origins": ["https://a.example/path"]}, "/cors_origins/0", "origin"),
    ({"cors_origins": ["*"]}, "/", "development"),
    ({"frame_ancestors": ["*"]}, "/", "development"),
    ({"frame_ancestors": ["https://a.example; script-src *"]}, "/frame_ancestors/0", "origin"),
    ({"frame_ancestors": ["https://a.example 'unsafe-inline'"]}, "/frame_ancestors/0", "origin"),
    ({"frame_ancestors": ["https://a.example,https://b.example"]}, "/frame_ancestors/0", "origin"),
    ({"frame_ancestors": ["https://a.example\r\nX: y"]}, "/frame_ancestors/0", "absolute"),
    ({"fhir_servers": ["https://[Zhongqiu"]}, "/fhir_servers/0", "absolute"),
    ({"fhir_servers": ["https://ehr.example:Zhongqiux"]}, "/fhir_servers/0", "absolute"),
    ({"frame_ancestors": ["https:"]}, "/frame_ancestors/0", "absolute"),
    ({"frame_ancestors": ["'self'"]}, "/frame_ancestors/0", "absolute"),
    ({"frame_ancestors": ["https://a.*.example"]}, "/frame_ancestors/0", "origin"),
    ({"base_url": "https://x.example:99999"}, "/base_url", ""),
    ({"fhir_servers": ["http://ehr.example/fhir"]}, "/", "https"),
    ({"fhir_servers": "https://ehr.example"}, "/fhir_servers", "a list"),
    ({"issuers": [{"iss": "https://ehr.example"}]}, "/issuers/0", "jku"),
    ({"issuers": [{"iss": "x", "jku": ["http://ehr.example/jwks"]}]}, "/", "https"),
    ({"issuers": [{"iss": "x", "jku": ["https://e.example/j"], "x": 1}]}, "/issuers/0/x", ""),
    ({"api_keys": {"his": "short-Zhongqiu"}}, "/api_keys/his", "16"),
    ({"signing_keys": {"his": ["Zhongqiu"]}}, "/signing_keys/his", "string"),
    ({"fetch_seconds": 0}, "/fetch_seconds", "greater"),
    ({"feedback_database": ""}, "/feedback_database", "1"),
    ({"clock_skew_seconds": 10_000}, "/clock_skew_seconds", "300"),
    ({"free_policy": "cross_tumour_safety"}, "/free_policy", "a list"),
    ({"api_keys": [{"name": "his", "key": SECRET}]}, "/api_keys", "a mapping"),
    ({"feedback_spool_bytes": 1}, "/feedback_spool_bytes", "1024"),
    ({"fhir_limits": {"https://ehr.example": {"seconds": 1}}}, "/", "fhir_servers"),
    ({"metrics": "key"}, "/", "api_keys"),
    ({"log_format": "xml"}, "/log_format", "json"),
    ({"limits": {"queue": 0}}, "/limits/queue", "1"),
    ({"limits": {"que": 5}}, "/limits/que", ""),
    ({"limits": {"burst": 5}}, "/limits", "per_second"),
    ({"tls_key": "key.pem"}, "/", "tls_certificate"),
]


@pytest.mark.parametrize(("values", "pointer", "expected"), WRONG)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, values: Any, pointer: str, expected: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(values), "utf-8")
    with pytest.raises(SettingsError) as refused:
        read_settings(file, {})
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert expected in problem.expected
    assert "Input should" not in problem.expected
    assert "Zhongqiu" not in str(refused.value)
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"ONCOCDS_LANGAUGE": "zh"}, "language"),
        ({"ONCOCDS_API_KEYS": "{Zhongqiu"}, "JSON"),
    ],
)
def test_a_wrong_variable_is_refused_by_name(environment: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(None, environment)
    assert expected in str(refused.value)
    assert "Zhongqiu" not in str(refused.value)


@pytest.mark.parametrize("content", ["[1]", "a: [", "\x00", "- x", "5"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(SettingsError):
        read_settings(file, {})


@pytest.mark.parametrize("command", ["serve", "feedback"])
def test_the_command_line_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "--settings", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err
    file = tmp_path / "settings.yaml"
    file.write_text("feedback_database: nonsense", "utf-8")
    assert main([command, "--settings", str(file)]) == 2
    assert "/feedback_database" in capsys.readouterr().err
