"""Run in a process of its own, with the module installed: a patient is recorded in SQLite, and the button pressed."""

from __future__ import annotations

import datetime
import importlib
import json
import os
import sys
from typing import NoReturn

from trytond import config

from oncocds.errors import EngineFault

config.set("database", "uri", "sqlite://")
os.environ["DB_NAME"] = ":memory:"

from trytond.pool import Pool  # noqa: E402 - the database is chosen before
from trytond.tests.test_tryton import activate_module  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402


def counted(transaction: Transaction) -> dict[str, int]:
    """Count the rows of every table of the module."""
    cursor = transaction.connection.cursor()
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'oncology%'")
    found = {}
    for (name,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{name}"')
        found[name] = cursor.fetchone()[0]
    return found


def fails() -> NoReturn:
    """Be an engine that fails."""
    raise EngineFault("Zhang San's record")


def main(patients: list[dict[str, object]]) -> list[dict[str, object]]:
    """Record each patient, press the button, and return what is shown."""
    activate_module("oncology_advice")
    shown = []
    for number, values in enumerate(patients):
        broken = values.pop("broken", False)
        with Transaction().start(":memory:", 1, context={"active_model": "oncology.patient"}) as transaction:
            pool = Pool()
            patient_class = pool.get("oncology.patient")
            made = {key: [("create", rows)] if isinstance(rows, list) else rows for key, rows in values.items()}
            birth = datetime.date(1961, 3, 20)
            (patient,) = patient_class.create([{"name": f"Zhang San {number}", "birth_date": birth, **made}])
            if broken:
                importlib.import_module("trytond_oncology_advice.advice").engine = fails
            before = counted(transaction)
            action = patient_class.advise([patient])
            wizard_class = pool.get("oncology.advice", type="wizard")
            with transaction.set_context(active_id=patient.id, active_ids=[patient.id]):
                session, state, _end = wizard_class.create()
                try:
                    view = wizard_class.execute(session, {}, state)["view"]
                    told = {"shown": view.get("defaults") or view.get("values"), "form": view["fields_view"]["type"]}
                except Exception as error:
                    told = {"error": type(error).__name__, "message": str(error)}
                wizard_class.delete(session)
            opened = action == pool.get("ir.model.data").get_id("oncology_advice", "wizard_advice")
            shown.append({**told, "opened": opened, "stored": counted(transaction) != before})
            transaction.rollback()
    return shown


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
