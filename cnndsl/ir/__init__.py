"""The checked network, as a hierarchy and as a flat graph."""
