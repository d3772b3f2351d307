"""Facts and rules of many patients as columns beside the engine's own path, from the same files' text or batch."""

from __future__ import annotations

import datetime
import json
import tempfile
from pathlib import Path

import pyarrow as pa

from bench.rounds import Spread, rates
from oncocds import Engine
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy, read_profile
from oncocds_cohort.columns import Plan
from oncocds_cohort.columns.pair import Pair
from oncocds_cohort.reading.batches import read_batches
from oncocds_cohort.synthetic import line, made_up

PATIENTS, OF_ENGINE = 20_000, 200
COLUMNS, VERDICTS, PATH = "columns, all", "columns, verdicts alone", "engine's own path"
TWO = "columns, two versions"


def measure(engine: Engine, rounds: int, seconds: float, today: datetime.date) -> None:
    """Measure and print rates per core and their ratio; all in one thread."""
    knowledge, policy = engine.knowledge, engine.policy
    people = list(made_up(knowledge, PATIENTS))
    plan = Plan.of(knowledge, policy, as_of=today)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.ndjson"
        path.write_bytes(b"".join(line(*one) for one in people))
        read = pa.Table.from_batches([one.batch for one in read_batches(path, knowledge.vocabulary)])
        (batch,) = read.combine_chunks().to_batches()
    texts = [json.dumps(patient) for _, patient in people[:OF_ENGINE]]

    def columns() -> int:
        return len(plan.run(batch))

    def columns_of_verdicts() -> int:
        return len(plan.run(batch, whole=False))

    newer = merge(policy, read_policy({"elderly_age": 70}, knowledge.vocabulary))
    pair = Pair(plan, Plan.of(knowledge, newer, as_of=today))

    def columns_of_two() -> int:
        return len(pair.run(batch)[0])

    def own_path() -> int:
        for text in texts:
            patient = identified(read_profile(text, knowledge.vocabulary))
            engine._inference.conclude(PatientFacts(patient, policy, knowledge.vocabulary, today))
        return len(texts)

    contenders = {COLUMNS: columns, VERDICTS: columns_of_verdicts, TWO: columns_of_two, PATH: own_path}
    found = rates(contenders, rounds, seconds)
    print(f"\nfacts and rules of {PATIENTS} made-up patients, patients per second and core, ratio to the engine's path")
    for name in contenders:
        rate = Spread.of(found[name])
        ratio = Spread.of([one / own for one, own in zip(found[name], found[PATH], strict=True)])
        print(f"  {name:26}{rate.median:12,.0f}   {ratio.median:6.1f} ({ratio.least:.1f}–{ratio.most:.1f})")
    longer = Spread.of([one / two for one, two in zip(found[COLUMNS], found[TWO], strict=True)])
    print(f"  two versions take {longer.median:.2f} times one ({longer.least:.2f}-{longer.most:.2f}); aimed at: 1.25")
    print(f"  terms computed: {plan.program.size:,}, for verdicts alone {plan.program_of_verdicts.size:,}")
