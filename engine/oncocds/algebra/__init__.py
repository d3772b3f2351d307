"""What conditions and derived facts say of a patient of whom nothing is fixed, over whatever terms a reading has."""
