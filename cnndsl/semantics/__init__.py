"""Tree to network: names, values, shapes."""
