"""What every training script carries: where samples come from, and in which order."""
