"""Proof that backends compute one network."""
