"""Files of patients become checked record batches; what the engine would refuse is refused, row by row."""
