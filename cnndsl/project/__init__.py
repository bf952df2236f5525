"""What surrounds a spec: files, imports, the zoo, settings, the lock file."""
