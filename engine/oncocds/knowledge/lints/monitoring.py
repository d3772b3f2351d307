"""What has to be checked again belongs to rules that can say so, and every interval of the site has its use."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint, place
from oncocds.knowledge.lints.places import Complaint
from oncocds.reading.nearest import suggestion
from oncocds.vocabulary.monitoring import UNITS

_FILE, _FIELDS = "rules/vocabulary/monitoring.yaml", "rules/vocabulary/fields.yaml"


class Monitored(Lint):
    """What is monitored names rules that make an item of advice: it is said there, and nowhere else."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check what is monitored, and the settings that say how often."""
        monitoring = knowledge.vocabulary.monitoring.values()
        for one in monitoring:
            if not one.rules:
                yield place(_FILE, f"{one.id}: 'rules' is empty; name the rules that ask for it", mark=one.mark)
            for name in one.rules:
                rule = knowledge.rules.get(name)
                if rule is None:
                    message = f"{one.id}: no rule '{name}'{suggestion(name, knowledge.rules)}"
                    yield place(_FILE, message, mark=one.mark)
                elif rule.action is None:
                    message = f"{one.id}: {name} makes no item of advice; name a rule that has an action"
                    yield place(_FILE, message, mark=one.mark)
        used = {one.every for one in monitoring}
        for name, field in knowledge.vocabulary.fields.items():
            if field.world == "policy" and field.unit in UNITS and name not in used:
                message = f"{name}: an interval that nothing is monitored by; name it as 'every' in monitoring.yaml"
                yield place(_FIELDS, message, mark=field.mark)
