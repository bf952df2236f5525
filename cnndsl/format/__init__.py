"""Specs in one style: a text's tokens in their rules, laid out anew with the comments between."""
