"""The source documents byte for byte, and the passages that advice rests on."""
