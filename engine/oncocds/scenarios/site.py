"""The knowledge and the policies that scenarios run against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oncocds.engine import Engine, load_bundled_or
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds.text import Text

NO_SITE = Text("出厂设置（没有给出本院设置）", "the shipped policy (no site's policy was given)")
SHIPPED = Text("出厂设置", "the shipped policy")
OF_THE_SITE = Text("本院设置", "the site's policy")


@dataclass(frozen=True, slots=True)
class Site:
    """Two engines over the same knowledge: ``usual`` for every scenario, ``shipped`` for those that ask for it.

    The usual one has the shipped policy, as everywhere where none is given, and over it the policy of a site that runs
    its scenarios with its own; ``policy`` says which it is.
    """

    usual: Engine
    shipped: Engine
    policy: Text = NO_SITE

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge in force."""
        return self.shipped.knowledge

    def policy_of(self, *, shipped: bool) -> Text:
        """Return which policy a scenario is evaluated under, before its own settings."""
        return SHIPPED if shipped else self.policy

    def engine(self, *, shipped: bool) -> Engine:
        """Return the engine that a scenario asks for."""
        return self.shipped if shipped else self.usual


def site(knowledge: Path | None = None, policy: Path | None = None, overlay: Path | None = None) -> Site:
    """Return a site: its knowledge (default: bundled) and its policy, laid over the shipped one (default: none).

    ``overlay`` is a file of its own drugs, codes and names (default: none). Raises ``KnowledgeError`` or
    ``PolicyError``.
    """
    if knowledge is None and policy is None and overlay is None:
        return _bundled()
    loaded = load_bundled_or(knowledge, overlay)
    shipped = read_policy(loaded.policy, loaded.vocabulary)
    if policy is None:
        return _of(loaded)
    usual = merge(shipped, read_policy(policy, loaded.vocabulary))
    return Site(Engine(loaded, usual), Engine(loaded, shipped), OF_THE_SITE)


@cache
def _bundled() -> Site:
    return _of(load_bundled_or(None))


def _of(loaded: Knowledge) -> Site:
    """Return the site of a knowledge without a policy of its own."""
    shipped = Engine(loaded, read_policy(loaded.policy, loaded.vocabulary))
    return Site(shipped, shipped)
