"""Findings and networks as people and programs read them."""
