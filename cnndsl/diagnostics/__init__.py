"""Everything that cnndsl says about a spec: the catalogue, locations and rendering."""
