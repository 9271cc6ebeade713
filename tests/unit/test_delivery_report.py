"""The report: one page whatever was answered, safety first, the same bytes for the same assessment."""

from __future__ import annotations

import random

import pytest

from shared.delivery.page import A4, HEIGHT, _fitting, draw
from shared.delivery.report import CORRECTION, NOT_SCORED, VOIDED, report
from shared.instruments import registry
from shared.risk_models import registry as risk_models
from tests.fhir_examples import SCORABLE, random_responses
from tests.support.deliveries import assessed, sample, small

SAMPLES = ["preoperative-intake", "hernia-few-factors", "neck-pain-first-visit", "child-outside-every-population"]


def said(view):
    return report(view, registry(), risk_models())


def pages(pdf):
    return pdf.count(b"/Type /Page\n")


def everything():
    """An intake of every instrument there is."""
    body = sample()
    rng = random.Random(7)
    body["responses"] = [
        {"instrument": one.instrument.id, "responses": random_responses(one.instrument, rng, 0.1)} for one in SCORABLE
    ]
    body.pop("clinical")
    return assessed(body)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_fits_one_page_in_the_same_bytes_each_time(name):
    view = assessed(sample(name))

    pdf = draw(said(view))

    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) == 1
    assert pdf == draw(said(view))


def test_an_intake_of_every_instrument_fits_one_page_and_says_how_much_more_there_is():
    view = everything()
    told = said(view)

    parts, scale = _fitting(told)

    assert (pages(draw(told)), scale) == (1, 1.0)
    assert sum(part.wrap(A4[0] - 80, HEIGHT)[1] for part in parts) <= HEIGHT
    words = [part.getPlainText() for part in parts if hasattr(part, "getPlainText")]
    assert any(text.endswith("more scores in the service.") for text in words)


def test_alerts_without_end_are_drawn_small_and_none_is_left_out():
    view = small()
    alert = {
        "level": "urgent",
        "instrument": "phq-9",
        "item": "phq9_9",
        "score": None,
        "meaning": "A meaning of some length. " * 12,
        "source": "x",
        "unverified": False,
        "raised": True,
    }
    told = said({**view, "alerts": [alert] * 60})

    assert len(told.alerts) == 60
    assert _fitting(told)[1] < 1
    assert pages(draw(told)) == 1


def test_a_score_that_was_not_computed_says_why_and_has_no_band():
    rows = {row.instrument: row for row in said(assessed()).scores if row.headline}

    assert rows["gad-7"].value == NOT_SCORED
    assert (rows["gad-7"].band, rows["gad-7"].answered) == ("", "6 of 7")
    assert rows["gad-7"].note == "Needs gad7_7, unanswered."


def test_every_score_stands_with_its_range_and_band_as_the_assessment_has_them():
    view = assessed()
    wanted = [
        (result["instrument"], score["answered"], (score["band"] or "").replace("-", " "))
        for result in view["results"]
        for score in result["scores"]
    ]

    rows = said(view).scores

    assert [(row.instrument, int(row.answered.split()[0]), row.band) for row in rows] == wanted


def test_alerts_are_told_whatever_the_totals_are():
    body = sample()
    body["responses"] = [{"instrument": "phq-9", "responses": {"phq9_9": 2}}]
    told = said(assessed(body))

    assert told.alerts[0].head.startswith("URGENT: phq-9 phq9_9")
    assert {row.value for row in told.scores} == {NOT_SCORED, "undetermined"}


def test_only_models_that_apply_are_told_and_the_others_are_counted():
    view = assessed()
    told = said(view)

    assert len(told.estimates) == 1
    assert told.not_applicable == len(view["risk"]["estimates"]) - 1
    assert "no confidence interval" in told.estimates[0].head


def test_a_withdrawn_report_and_a_correction_say_so_first():
    view = small()

    assert said({**view, "status": "entered-in-error"}).notice == VOIDED
    assert said({**view, "supersedes": "x"}).notice == CORRECTION
    assert draw(said({**view, "status": "entered-in-error"})) != draw(said(view))


def test_every_definition_is_named_by_version_and_hash():
    view = assessed()
    told = said(view)

    for result in view["results"]:
        name = f"{result['instrument']} {result['instrument_version']} ({result['definition_sha256'][:12]})"
        assert name in told.definitions


def test_a_profile_that_is_not_shown_is_not_told():
    view = small()
    told = said({**view, "risk": {**view["risk"], "profile": None, "actions": []}})

    assert (told.profile, told.factors, told.options) == (None, (), ())


def test_every_sign_that_definitions_use_can_be_drawn():
    from reportlab.pdfbase import pdfmetrics

    draw(said(small()))
    known = pdfmetrics.getFont("Report").face.charToGlyph
    texts = [row for view in (everything(), assessed()) for row in _texts(said(view))]

    assert {letter for text in texts for letter in text if ord(letter) not in known} == set()


def _texts(told):
    for row in told.scores:
        yield from (part for part in row if isinstance(part, str))
    for line in (*told.alerts, *told.factors, *told.estimates, *told.options):
        yield from line
    yield from filter(None, (told.profile, *told.definitions))
