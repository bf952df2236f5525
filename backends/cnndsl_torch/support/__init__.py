"""What PyTorch lacks. An emitted file carries the text of those that it uses."""
