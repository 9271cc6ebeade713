"""GitHub Markdown that says only what this service says: every text is escaped, whoever wrote it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# The at sign too, and a colon within a word: a bare address would become a link.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#!|~&@$]|:(?=\S)")
_HIDDEN = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+|\s+")
_BARE = re.compile(r"\bwww\.", re.IGNORECASE)
_LINE_START = re.compile(r"^(?:(?=[-+=])|(\d+)(?=[.)](?:\s|$)))")
_URL = re.compile(r"https://[A-Za-z0-9./?=&%#_~+:;,@!$-]+")


def plain(text: str) -> str:
    """The text as one line that renders as itself: no markup, no HTML, no link, no hidden character."""
    line = _HIDDEN.sub(" ", text).strip()
    line = _SPECIAL.sub(lambda found: "\\" + found[0], line)
    line = _BARE.sub(lambda found: found[0][:-1] + "\\.", line)
    return _LINE_START.sub(lambda found: f"{found[1] or ''}\\", line)


def cited(source: str) -> str:
    """A source of one of our definitions: a link named by its host where it is an address, else its text."""
    if _URL.fullmatch(source):
        return f"[{plain(urlsplit(source).hostname or source)}]({source})"
    return plain(source)


def link(label: str, url: str) -> str:
    return f"[{plain(label)}]({url})" if _URL.fullmatch(url) else plain(label)


def bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
