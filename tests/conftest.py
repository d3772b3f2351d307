"""What all tests share: one engine with the shipped policy, one with the strict one."""

from __future__ import annotations

import pytest
from hypothesis import settings

from oncocds.engine import Engine, load_bundled_or
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import STRICT

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_bundled_or(None)


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine.load()


@pytest.fixture(scope="session")
def strict(knowledge: Knowledge) -> Engine:
    return Engine(knowledge, STRICT)
