"""The layers, by family. A layer holds its attributes only; its arrays belong to the model."""
