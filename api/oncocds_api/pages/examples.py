"""Example patients, made up: one for each document."""

from __future__ import annotations

from dataclasses import dataclass

from oncocds.text import Text
from oncocds.vocabulary.bundled import bundled_knowledge

_FOLDER = bundled_knowledge() / "examples" / "patients"


@dataclass(frozen=True, slots=True)
class ExamplePatient:
    """A made-up patient: a name for its address, words for the reader, the profile as JSON."""

    name: str
    title: Text
    profile: bytes


_TITLES = {
    "her2-left-breast": Text("HER2阳性左乳癌，拟放疗", "HER2-positive left breast cancer, radiotherapy planned"),
    "two-bone-agents": Text("乳腺癌骨转移，两种骨改良药物", "Breast cancer, bone metastases, two bone agents"),
    "cord-signs": Text("乳腺癌，脊髓受压体征", "Breast cancer with signs of cord compression"),
    "lung-bone": Text("肺癌骨转移，拟放疗", "Lung cancer, bone metastases, radiotherapy planned"),
    "ret-lung": Text("RET融合阳性肺癌骨转移", "RET-fusion-positive lung cancer, bone metastases"),
    "hcc-sbrt": Text("肝细胞癌，索拉非尼联合SBRT", "Hepatocellular carcinoma, sorafenib with SBRT"),
}


def examples() -> tuple[ExamplePatient, ...]:
    """Return the example patients."""
    return tuple(
        ExamplePatient(name, title, (_FOLDER / f"{name}.json").read_bytes()) for name, title in _TITLES.items()
    )
