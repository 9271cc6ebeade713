"""What an EHR makes of our cards: drafts that are valid FHIR, and details that a browser shows as they were meant."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from tests.judges.card_page import MARKED, documented, picture, rendered
from tests.judges.conftest import missing
from tests.support.hooks import answered, operation, person, phq9, sample, stored

HOSTILE = (
    "<script>document.title='x'</script> <img src=x onerror=alert(1)> **bold** [here](https://evil.example) "
    "![p](https://evil.example/p.png) https://evil.example www.evil.example a@evil.example `code` ~~gone~~\n# Head\n"
    "| a |"
)


@pytest.fixture(scope="module")
def browser(request):
    if not MARKED.exists():
        missing("marked")
    return request.getfixturevalue("chromium")


def drafts():
    cards = [*documented(), *answered("order-sign", person(), operation())]
    return [
        {"name": suggestion["label"], "resource": action["resource"]}
        for card in cards
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
    ]


def test_every_draft_that_a_card_suggests_is_valid(by_python, by_node):
    cases = drafts()

    assert {case["resource"]["resourceType"] for case in cases} == {"Task", "ServiceRequest"}
    assert [verdict for verdict in (*by_python(cases), *by_node(cases)) if verdict["problems"]] == []


def test_a_detail_becomes_paragraphs_lists_emphasis_and_links_to_sources(browser, tmp_path):
    for card, verdict in zip(documented(), rendered(browser, documented(), tmp_path), strict=True):
        assert set(verdict["elements"]) <= {"a", "li", "p", "strong", "ul"}, card["summary"]
        assert "\\" not in verdict["text"]
        assert "**" not in verdict["text"]


def test_a_hostile_text_is_shown_as_it_was_written_and_does_nothing(browser, tmp_path):
    view = copy.deepcopy(stored(sample()))
    view["risk"]["policy"] = {
        "policy": {"id": "local", "version": "1.0.0", "sha256": "0" * 64},
        "label": {"code": "x", "text": HOSTILE},
        "statement": "This label is a local policy.",
    }
    who = person(view, stored(phq9([1] * 9)), crisis_text={"en": HOSTILE})

    safety, profile, *_ = rendered(browser, answered("patient-view", who), tmp_path)

    for verdict in (safety, profile):
        assert set(verdict["elements"]) <= {"a", "li", "p", "strong", "ul"}
        assert not any("evil" in link for link in verdict["links"])
        assert " ".join(HOSTILE.split()) in verdict["text"]


def test_the_cards_can_be_looked_at(browser, tmp_path):
    path = Path(tmp_path) / "cards.png"
    picture(browser, documented(), path, 800)

    assert path.read_bytes().startswith(b"\x89PNG")
