"""Pictures of networks as they are written: a drawing, its layout, and the formats of files."""
