"""What differs between networks as one HTML page that needs nothing but itself."""

from __future__ import annotations

import html

from ..report.difference_text import SAME, as_text
from . import comparison_svg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .comparison_svg import Compared

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }}
body {{ margin: 16px; background: light-dark(#ffffff, #16181d) }}
body {{ color: light-dark(#1b1f24, #e6e9ee) }}
.picture {{ overflow: auto }}
pre {{ overflow: auto; font: 12px/1.5 ui-monospace, monospace }}
summary {{ cursor: pointer }}
</style>
</head>
<body>
<div class="picture">
{picture}</div>
<details>
<summary>as text</summary>
<pre>{text}</pre>
</details>
</body>
</html>
"""


def document(compared: Sequence[Compared]) -> str:
    """The picture, and all of it as text."""
    text = as_text([one.difference for one in compared]) or SAME
    picture = comparison_svg.document(compared)
    title = html.escape(comparison_svg.title_of(compared))
    return PAGE.format(title=title, picture=picture, text=html.escape(text))
