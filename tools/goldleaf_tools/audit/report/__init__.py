"""Reports of audits: one self-contained HTML page per task, readable by people who know nothing of chains, and JSON.

Needs the extra `goldleaf-tools[audit]`. Labels, URIs, guidelines, names of tokens: all text of an audit may be a
stranger's. Pages show it as text. They hold no script, no link and nothing that a browser would fetch, and forbid it
besides by a Content-Security-Policy.
"""

import json
from pathlib import Path

from goldleaf.errors import MissingExtra

from ..result import TaskAudit

try:
    import jinja2
    import matplotlib as matplotlib
except ImportError as error:
    raise MissingExtra("audit", "goldleaf-tools") from error

from . import text
from .view import view

__all__ = ["render", "write"]

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(audit: TaskAudit, folder: Path, *, rows: int = 200) -> Path:
    """Writes `task-<chain>-<task>.html` and `.json` into the folder, which is made if it is not there.

    Tables of the page have up to `rows` rows, of the labels the most probably wrong ones, and say how many more there
    are; the JSON (`TaskAudit.to_json`) has all. Returns the path of the page. The same audit gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"task-{audit.chain}-{audit.task}"
    (folder / f"{name}.json").write_text(json.dumps(audit.to_json(), separators=(",", ":")) + "\n", encoding="utf-8")
    page = folder / f"{name}.html"
    page.write_text(render(audit, rows=rows), encoding="utf-8")
    return page


def render(audit: TaskAudit, *, rows: int = 200) -> str:
    """The page, as `write` writes it."""
    return _TEMPLATES.get_template("page.html").render(page=view(audit, rows), share=text.share)
