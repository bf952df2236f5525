"""Weights of networks, in memory and in files."""
