"""A result says which wording was shown, and a pack in the language of the answers is no other language."""

from __future__ import annotations

import pytest

from shared.instruments import registry
from shared.scoring import Setting, scorer_for
from shared.scoring.result import TextPackUsed

GERMAN = TextPackUsed(language="de", version="1.0.0", sha256="0" * 64)
PHQ9 = {f"phq9_{n}": 1 for n in range(1, 10)}
ISI = {f"isi_{n}": 1 for n in range(1, 8)}


def scored(name, answers, **setting):
    return scorer_for(registry().get(name)).score(answers, Setting(**setting))


def test_the_pack_is_kept_in_the_result_and_is_absent_without_one():
    assert scored("isi", ISI, language="de", text_pack=GERMAN)["text_pack"] == GERMAN
    assert "text_pack" not in scored("isi", ISI, language="de")


@pytest.mark.parametrize("language", ["de", "DE", None])
def test_a_pack_in_the_language_of_the_answers_leaves_the_bands(language):
    result = scored("phq-9", PHQ9, language=language, text_pack=GERMAN)

    assert result["warnings"] == []
    assert result["scores"][0]["band"] == "mild"


def test_without_a_pack_other_answers_than_the_wording_get_no_band():
    assert [notice["code"] for notice in scored("phq-9", PHQ9, language="de")["warnings"]] == ["other-language"]


@pytest.mark.parametrize(("name", "answers"), [("phq-9", PHQ9), ("isi", ISI)])
@pytest.mark.parametrize("language", ["en", "de-AT", "fr"])
def test_a_pack_in_another_language_or_region_is_another_language(name, answers, language):
    result = scored(name, answers, language=language, text_pack=GERMAN)

    assert [notice["code"] for notice in result["warnings"]] == ["other-language"]
    assert "in de" in result["warnings"][0]["detail"]
    assert all(score["band"] is None for score in result["scores"])


def test_a_proxy_is_told_of_first_whatever_the_wording():
    result = scored("phq-9", PHQ9, respondent="proxy", language="de", text_pack=GERMAN)

    assert [notice["code"] for notice in result["warnings"]] == ["answered-by-proxy"]
    assert result["text_pack"] == GERMAN
