"""Files and JSON as they were written: every trap named where it stands, before anything is understood."""
