"""What MkDocs does not do by itself: pages from the repository's root, and the titles of files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
FROM_ROOT = {"contributing.md": "CONTRIBUTING.md", "architecture.md": "ARCHITECTURE.md"}
FENCE = re.compile(r"^```(\w+)[ ](.+)$", re.MULTILINE)


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages that stand in the root, where people look for them on other sites."""
    for name, source in FROM_ROOT.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Turn the marks of fences (`cnn fails file=net.cnn`), which tests read, into titles."""
    return FENCE.sub(_titled, markdown)


def _titled(match: re.Match[str]) -> str:
    language, marks = match[1], match[2].split()
    names = [mark.removeprefix("file=") for mark in marks if mark != "fails"]
    title = ", ".join([*names, *(["refused"] if "fails" in marks else [])])
    return f'```{language} title="{title}"'
