"""The knowledge and the policies that scenarios run against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oncocds.engine import Engine, load_bundled_or
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import STRICT, merge
from oncocds.profile.reading import read_policy
from oncocds.text import Text

NOTHING_SET = Text("没有本院设置，安全开关全部关闭", "no settings of a site, all safety switches off")
SHIPPED = Text("出厂设置", "the shipped policy")
OF_THE_SITE = Text("本院设置", "the site's policy")


@dataclass(frozen=True, slots=True)
class Site:
    """Two engines over the same knowledge: ``usual`` for every scenario, ``shipped`` for those that ask for it.

    The usual one has everything unset and every switch off, unless a site runs its scenarios with a policy of its own;
    ``policy`` says which it is.
    """

    usual: Engine
    shipped: Engine
    policy: Text = NOTHING_SET

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


def site(knowledge: Path | None = None, policy: Path | None = None) -> Site:
    """Return a site: its knowledge (default: bundled) and its policy, laid over the shipped one (default: none set).

    Raises ``KnowledgeError`` or ``PolicyError``.
    """
    if knowledge is None and policy is None:
        return _bundled()
    loaded = load_bundled_or(knowledge)
    shipped = read_policy(loaded.policy, loaded.vocabulary)
    usual = STRICT if policy is None else merge(shipped, read_policy(policy, loaded.vocabulary))
    return Site(Engine(loaded, usual), Engine(loaded, shipped), NOTHING_SET if policy is None else OF_THE_SITE)


@cache
def _bundled() -> Site:
    loaded = load_bundled_or(None)
    return Site(Engine(loaded, STRICT), Engine(loaded, read_policy(loaded.policy, loaded.vocabulary)))
