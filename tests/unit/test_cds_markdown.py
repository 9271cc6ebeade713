"""Every text on a card renders as itself: no markup, no HTML, no link, no hidden character, whoever wrote it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cds.card import MAX_SUMMARY, fitted
from shared.cds.markdown import cited, link, plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("**bold** and _more_", r"\*\*bold\*\* and \_more\_"),
        ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)\>"),
        ("[a](javascript:alert)", r"\[a\](javascript\:alert)"),
        ("![a](https://x.example)", r"\!\[a\](https\://x.example)"),
        ("see www.x.example", r"see www\.x.example"),
        ("mail a@x.example", r"mail a\@x.example"),
        ("line\n# head\n- item", r"line \# head - item"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("0-10 scale, 1.5", "0-10 scale, 1.5"),
        ("a | b ` c ~ d & e $ f", r"a \| b \` c \~ d \& e \$ f"),
        ("back\\slash", r"back\\slash"),
        ("right\u202eleft\u200b\x00", "right left"),
    ],
)
def test_a_text_is_escaped(text, said):
    assert plain(text) == said


@given(st.text(max_size=80))
def test_no_text_keeps_a_live_special_character_or_a_line_of_its_own(text):
    said = plain(text)

    assert "\n" not in said
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>#!|~&@$]", said)
    assert not re.search(r"(?<!\\)https?://|(?<!\\)www\.", said, re.IGNORECASE)


def test_a_source_that_is_an_address_is_a_link_named_by_its_host():
    assert cited("https://doi.org/10.1/a-b") == "[doi.org](https://doi.org/10.1/a-b)"
    assert cited("Verret 2020 (https://x.example/(a))") == r"Verret 2020 (https\://x.example/(a))"
    assert cited("https://x.example/a)b") == r"https\://x.example/a)b"


def test_a_label_cannot_leave_its_link():
    assert link("a](https://evil.example)", "https://x.example") == r"[a\](https\://evil.example)](https://x.example)"
    assert link("a", "javascript:alert(1)") == "a"


@given(st.text(alphabet="ab ", min_size=1, max_size=400))
def test_a_summary_is_always_short_enough(text):
    assert len(fitted(text)) <= MAX_SUMMARY
