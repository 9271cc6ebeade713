"""Small parts of Markdown that come out right whatever the text holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import unquote, urlsplit


class Fact(Protocol):
    """Anything with a source, or marked unverified."""

    @property
    def source(self) -> str | None: ...
    @property
    def unverified(self) -> bool: ...


_URL = re.compile(r"https?://[^\s<>]+")
_SPECIAL = re.compile(r"[\\`*\[\]|]|^[#>+-](?=\s)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LONGEST_LINK_TEXT = 60


def plain(text: object) -> str:
    """Text as it stands: nothing in it acts as Markdown or as a tag."""
    return _TAG.sub("&lt;", _SPECIAL.sub(lambda match: "\\" + match[0], " ".join(str(text).split())))


def linked(text: str) -> str:
    """Text with every URL as a link that shows its host and path."""
    parts, end = [], 0
    for match in _URL.finditer(text):
        url = _without_trailing_punctuation(match[0])
        parts += [plain_part(text[end : match.start()]), link(url)]
        end = match.start() + len(url)
    return "".join([*parts, plain_part(text[end:])]).strip()


def plain_part(text: str) -> str:
    """Like ``plain``, keeping the space at both ends."""
    if not text.strip():
        return " " if text else ""
    return " " * text[0].isspace() + plain(text) + " " * text[-1].isspace()


def link(url: str) -> str:
    """A link that shows where it leads, shortened in the middle when long."""
    split = urlsplit(url)
    shown = unquote(split.netloc.removeprefix("www.") + split.path.rstrip("/"))
    if len(shown) > _LONGEST_LINK_TEXT:
        shown = f"{shown[: _LONGEST_LINK_TEXT - 20]}…{shown[-18:]}"
    return f"[{plain(shown)}]({target(url)})"


def target(url: str) -> str:
    """A URL as the target of a link: parentheses would end it."""
    return url.replace("(", "%28").replace(")", "%29")


def sentence(text: str) -> str:
    """Markdown with a full stop, unless it ends with one already."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", ":", ".)")) or not text else f"{text}."


def source_of(fact: Fact) -> str:
    """Where a fact was read, and whether that was verified; empty where nothing is said."""
    read = sentence(f"Source: {linked(fact.source)}") if fact.source else ""
    return " ".join(filter(None, [read, "*Not verified.*" if fact.unverified else ""]))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table; cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def bullets(entries: Iterable[str]) -> list[str]:
    return [f"- {entry}" for entry in entries]


def _without_trailing_punctuation(url: str) -> str:
    url = url.rstrip(".,;:'\"")
    while url.endswith(")") and url.count("(") < url.count(")"):
        url = url[:-1].rstrip(".,;:'\"")
    return url
