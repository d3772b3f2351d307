"""What a hospital installs from: example settings, unit, image, bill of materials; and the hazard log."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from oncocds_api.settings.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
SBOM = runpy.run_path(str(ROOT / "scripts" / "sbom.py"))
HAZARDS = (ROOT / "docs" / "hazards.md").read_text("utf-8")
ROWS = re.findall(r"^\| (H\d+) \|(.+)\|$", HAZARDS, re.MULTILINE)


def test_the_example_of_settings_is_accepted_and_holds_no_secret() -> None:
    settings = read_settings(DEPLOY / "settings.yaml", {})
    assert settings.base_url.startswith("https://")
    assert settings.time_zone == "Asia/Shanghai"
    assert not settings.development
    assert not settings.api_keys
    assert ":" not in settings.feedback_database.partition("://")[2].partition("@")[0]


def test_the_composition_and_the_unit_run_the_server_without_rights() -> None:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    server = services["server"]
    assert server["read_only"]
    assert server["cap_drop"] == ["ALL"]
    assert server["ulimits"]["core"] == 0
    assert "ports" not in server
    assert "ports" not in services["database"]
    for service in services.values():
        for volume in service.get("volumes", ()):
            here = volume.partition(":")[0]
            assert not here.startswith("./") or here == "./certificates" or (DEPLOY / here).is_file(), volume
    unit = (DEPLOY / "oncocds.service").read_text("utf-8")
    for line in ("DynamicUser=yes", "LimitCORE=0", "LimitNOFILE=8192", "MemoryMax=3G", "ProtectSystem=strict"):
        assert f"\n{line}\n" in unit


def test_the_proxy_shows_no_inner_address_and_takes_no_server_out_for_its_feedback() -> None:
    proxy = (DEPLOY / "Caddyfile").read_text("utf-8")
    (inner,) = re.findall(r"@inner path (.+)", proxy)
    assert set(inner.split()) == {"/metrics", "/health", "/health/*"}  # the last covers what is below it alone
    assert "respond @inner 404" in proxy
    for asks in (proxy, (DEPLOY / "Containerfile").read_text("utf-8")):
        assert set(re.findall(r"/health/ready\S*?(?=[\s'\"])", asks)) == {"/health/ready?only=advice"}
    deleted = proxy.partition("fields {")[2]
    assert set(re.findall(r"request>(\w+) delete", deleted)) == {"uri", "headers", "remote_ip", "client_ip"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to ask")
def test_systemd_understands_the_unit_and_calls_it_well_confined(tmp_path: Path) -> None:
    unit = tmp_path / "oncocds.service"
    here = str(Path(sys.executable).parent / "oncocds")
    unit.write_text((DEPLOY / "oncocds.service").read_text("utf-8").replace("/opt/oncocds/bin/oncocds", here), "utf-8")
    for question in (["verify"], ["security", "--offline=yes", "--no-pager", "--threshold=20"]):
        asked = subprocess.run(["systemd-analyze", *question, str(unit)], capture_output=True, text=True, check=False)
        assert asked.returncode == 0, asked.stdout + asked.stderr
        assert "oncocds.service:" not in asked.stderr  # a line that is not understood is passed over with a warning


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody() -> None:
    recipe = (DEPLOY / "Containerfile").read_text("utf-8")
    for copied in re.findall(r"^COPY (?!--)(\S+) ", recipe, re.MULTILINE):
        assert (ROOT / copied).exists()
    assert "--require-hashes -r requirements.lock" in recipe
    last = recipe.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!0|root)\S+$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/health/ready" in last
    left_out = (ROOT / ".dockerignore").read_text("utf-8").split()
    for needed in ("engine", "api", "rules", "seeds", "examples", "pyproject.toml", "README.md", "LICENSE", "scripts"):
        assert needed not in left_out


def test_the_bill_of_materials_names_every_package_of_the_lock_with_its_hashes() -> None:
    bill = SBOM["bill"](LOCK, "1.2.3")
    named = {one["name"]: one for one in bill["components"]}
    pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*?\])?==([^\s;\\]+)", LOCK, re.MULTILINE))
    assert len(pinned) > 20
    assert {name: one["version"] for name, one in named.items()} == pinned
    assert sum(len(one["hashes"]) for one in named.values()) == LOCK.count("--hash=sha256:")
    assert named["durable-rules"]["purl"] == "pkg:pypi/durable-rules@2.0.28"
    assert set(bill["dependencies"][0]["dependsOn"]) == {one["bom-ref"] for one in named.values()}
    assert json.dumps(bill) == json.dumps(SBOM["bill"](LOCK, "1.2.3"))


@pytest.mark.parametrize("line", ["fastapi>=1", "fastapi==1", "fastapi==1 --hash=md5:00", "-r other.txt"])
def test_a_lock_with_a_line_that_names_no_hashes_has_no_bill(line: str) -> None:
    with pytest.raises(ValueError, match="not a locked package"):
        SBOM["bill"](f"{LOCK}{line}\n", "1")


def test_each_hazard_has_its_number_severity_controls_and_a_test_that_is_there() -> None:
    assert [number for number, _ in ROWS] == [f"H{number:02d}" for number in range(1, len(ROWS) + 1)]
    assert len(ROWS) >= 25
    for number, row in ROWS:
        hazard, harm, rated, controls, shown = (part.strip() for part in row.split("|"))
        assert all((hazard, harm, controls)), number
        assert re.fullmatch(r"S[123], [ABC] → [ABC]", rated), number
        assert re.search(r"`test_\w+\.py(::test_\w+)?`", shown), number
    for file, test in re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", HAZARDS):
        text = (ROOT / "tests" / file).read_text("utf-8")
        assert not test or f"def {test}(" in text, (file, test)


def test_the_anomalies_of_durable_rules_that_are_known_are_listed_with_what_keeps_us_out() -> None:
    part = HAZARDS.partition("## durable-rules 2.0.28")[2]
    rows = [line.split("|")[1:3] for line in part.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 10
    assert all(kept_out.strip() for _, kept_out in rows)
    assert "durable-rules==2.0.28" in LOCK
