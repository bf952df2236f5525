"""The commands of the command line, each a module with `main(arguments) -> exit status`."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "check": "check specs: syntax, names, shapes and budgets",
    "fmt": "write specs in the one style",
    "compile": "turn a spec into Keras, PyTorch or NumPy code",
    "diff": "show what differs between two specs or revisions",
    "summary": "show the layers with shapes, parameters and MACs",
    "view": "draw a network: SVG, Mermaid, Graphviz",
    "run": "build a network with random weights and run it once",
    "train": "train a network by its recipe, with any framework",
    "evaluate": "measure trained weights on data",
    "verify": "prove that all backends compute the same, gradients too",
    "weights": "carry weights between Keras, PyTorch and NumPy files",
    "lock": "write shapes, parameters, MACs and weights to cnndsl.lock",
    "zoo": "list, show and copy the networks that come with cnndsl",
    "lsp": "serve an editor: findings, shapes, completion (Language Server Protocol)",
    "explain": "explain a diagnostic, such as CNN301, or an op",
    "completion": "write what completes commands in bash, zsh or fish",
}
"""Each command with its line in `cnndsl --help`. The module of the same name carries it out."""
