"""Reads ``left_out`` of ``lists.yaml``: what a record of a list could be that could not be read."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.vocabulary.models import Field, LeftOutRecord, ValueSet


def read_left_out(record: Record) -> LeftOutRecord:
    """Read what a record of a list could be that could not be read."""
    item = record.record("item", required=True)
    values = {} if item is None else {key.text: item.text(key.text) for key, _ in item.entries()}
    if item is not None:
        item.finish()
    return LeftOutRecord(record.words(), record.text("of"), values)


def check_left_out(
    name: str, one: LeftOutRecord, record: Record, fields: Mapping[str, Field], value_sets: Mapping[str, ValueSet]
) -> None:
    """See that what a record could be is an item of the list: its fields, and their values where these are codes."""
    for field_name, value in ((one.of, None), *one.item.items()):
        field = fields.get(f"{name}.{field_name}")
        if field is None:
            record.issue(record.mark, f"{name}: no field '{field_name}'{suggestion(f'{name}.{field_name}', fields)}")
        elif value is None and field.value_set is None:
            record.issue(record.mark, f"{name}: '{field_name}' has no closed set of values to ask about")
        elif value is not None and field.value_set is not None and value not in value_sets[field.value_set].members:
            record.issue(record.mark, f"{name}: '{value}' is no value of '{field_name}'")
