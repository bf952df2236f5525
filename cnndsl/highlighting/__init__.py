"""Colours of a text without a check: its words by what they are, and what editors make of them."""
