"""What became of the cards: kept, reported, pruned, backed up."""
