"""Instruments at work, as a second reader sees them."""

from __future__ import annotations

import pytest

from shared.authoring.cli import main
from shared.authoring.trial import DIFFERENT_KINDS, trial
from shared.instruments import registry

WHO5 = """\
who-5 1.0.0  WHO-Five Well-Being Index
  complete: who5_1=1, who5_2=0, who5_3=5, who5_4=4, who5_5=3
    raw         13  above-cut  scored  5 of 5
    percentage  52  above-cut  scored  5 of 5
  who5_1 missing: who5_2=0, who5_3=5, who5_4=4, who5_5=3
    raw         -    not_scored  4 of 5  item-required: Needs who5_1, unanswered.
    percentage  -    not_scored  4 of 5  depends-on-unscored: raw has no score.
  all lowest: every item 0
    raw         0  poor-wellbeing  scored  5 of 5
    percentage  0  poor-wellbeing  scored  5 of 5
  all highest: every item 5
    raw         25   above-cut  scored  5 of 5
    percentage  100  above-cut  scored  5 of 5
  who5_1 out of range: who5_1=6, who5_2=0, who5_3=5, who5_4=4, who5_5=3
    refused /who5_1 value-not-allowed: must be one of the item's options
"""


def tried(instrument_id):
    return trial(registry().get(instrument_id))


def form_of(instrument_id, name):
    """The lines that belong to one form."""
    lines = iter(tried(instrument_id).splitlines())
    next(line for line in lines if line.startswith(f"  {name}: "))
    shown = []
    for line in lines:
        if not line.startswith("    "):
            break
        shown.append(" ".join(line.split()))
    return shown


def test_five_forms_are_shown_with_what_comes_of_each():
    assert tried("who-5") == WHO5


def test_a_prorated_total_and_its_alert_are_shown():
    shown = form_of("phq-9", "phq9_1 missing")

    assert "total 14 moderate prorated 8 of 9" in shown
    assert any(line.startswith("alert urgent phq9_9-ge-1: ") for line in shown)


def test_the_alerts_of_a_refused_form_are_shown():
    shown = form_of("phq-9", "phq9_1 out of range")

    assert "refused /phq9_1 value-not-allowed: must be one of the item's options" in shown
    assert any(line.startswith("alert urgent phq9_9-ge-1: ") for line in shown)


def test_an_alert_without_a_source_is_called_a_product_rule():
    assert any(": product rule: " in line for line in form_of("ess", "all highest"))


def test_a_standard_error_and_the_doubt_about_it_are_shown():
    shown = form_of("promis-sleep-disturbance-8a", "all lowest")

    assert "t_score 30.5 (SE 4.9) within-normal-limits scored 8 of 8" in shown
    assert any(line.startswith("warning standard-error-not-verified (t_score): ") for line in shown)


def test_what_was_taken_as_absent_is_named():
    shown = form_of("fibromyalgia-survey-2016", "wpi_jaw_l missing")

    assert "wpi 9 scored 18 of 19 taken as absent: wpi_jaw_l" in shown


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("psqi", "global 0 good-sleep", "global 21 poor-sleep"),
        ("stop-bang", "total 0 low", "total 8 high"),
        ("ompsq-sf", "total 1 lower estimated risk", "total 100 higher estimated risk"),
        ("paindetect", "total -1 neuropathic component unlikely", "total 38 neuropathic component likely"),
    ],
)
def test_the_extreme_forms_reach_both_ends_of_the_score(name, lowest, highest):
    assert any(line.startswith(lowest) for line in form_of(name, "all lowest"))
    assert any(line.startswith(highest) for line in form_of(name, "all highest"))


def test_an_instrument_that_cannot_be_scored_says_why():
    assert tried("mos-sleep").splitlines()[1] == "  not-scorable-yet: option values (0-100 recode) not read"


def test_an_instrument_that_takes_scored_values_says_so():
    assert "  takes scored item values, not answers as printed" in tried("hads").splitlines()


def test_everything_that_ships_can_be_tried():
    for name, definition in registry().load_all().items():
        forms = [line for line in trial(definition).splitlines() if line.startswith("  ") and line[2] != " "]
        assert len([line for line in forms if ": " in line]) >= (5 if definition.instrument.scorable else 1), name


def test_without_a_name_at_least_twenty_kinds_are_tried(capsys):
    assert main(["try"]) == 0

    heads = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line and not line.startswith(" ")]
    assert tuple(heads) == DIFFERENT_KINDS
    assert len(set(heads)) >= 20


def test_named_instruments_are_tried_in_their_order(capsys):
    assert main(["try", "who-5", "gad-2"]) == 0

    heads = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line and not line.startswith(" ")]
    assert heads == ["who-5", "gad-2"]


def test_an_unknown_name_is_said_and_fails(capsys):
    assert main(["try", "phq-99"]) == 1

    assert capsys.readouterr().err == "phq-99: no instrument has this id\n"
