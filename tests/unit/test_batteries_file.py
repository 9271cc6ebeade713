"""The file of batteries: its length, its check, and what the shipped one promises."""

from __future__ import annotations

import json

import pytest

from shared.batteries import Batteries, Settings, batteries, size_of
from shared.batteries.__main__ import main
from shared.batteries.checks import check_batteries
from shared.batteries.definition import BATTERIES, GateEntry, InstrumentEntry
from shared.documents import read_document
from shared.errors import DefinitionRefused
from shared.instruments import registry
from shared.procedures import procedures
from shared.profile import factors
from tests.support.profiles import SOURCE, made_instrument, registry_of

CONTENT = batteries().content
FACTS = factors().content.facts


def asked(instrument="made", items=1, needs=("total",), **more):
    return {"instrument": instrument, "items": items, "needs": list(needs), **more}


def made(*entries, **changes):
    """A small file: one battery over made instruments, beside the rule on self-harm of the shipped one."""
    document = json.loads(BATTERIES.read_text(encoding="utf-8"))
    document |= {
        "carry_over": [],
        "slots": [],
        "batteries": [{"id": "small", "title": "Small", "purpose": "Made", "entries": list(entries)}],
    }
    return document | changes


INSTRUMENT = {"kind": "instrument", "why": "Made.", "asked": asked()}
GATE = {
    "kind": "gate",
    "why": "Made.",
    "when": {"instrument": "made", "score": "total", "op": ">=", "value": 4, "source": SOURCE},
    "opens": asked("longer"),
}


def read(document):
    return read_document(Batteries, json.dumps(document).encode(), "made.json").content


@pytest.fixture
def instruments(tmp_path):
    longer = made_instrument("longer")
    longer["items"][0]["text"] = "How long?"
    hidden = made_instrument("hidden")
    hidden["licence"]["may_ship_item_text"] = False
    hidden["items"][0]["text"] = "How hidden?"
    phq9 = made_instrument("phq-9")
    phq9["items"][0] |= {"id": "phq9_9", "text": "How dark?"}
    phq9["scores"][0]["items"] = ["phq9_9"]
    phq9["alerts"] = [
        {
            "id": "phq9_9-missing",
            "on": "phq9_9",
            "op": "is-missing",
            "level": "warning",
            "meaning": "ask",
            "source": SOURCE,
        }
    ]
    return registry_of(tmp_path, made_instrument("made"), made_instrument("again"), longer, hidden, phq9)


def problems(document, instruments):
    found = check_batteries(read(document), factors().content, instruments, procedures().content)
    return {(one.pointer, one.code) for one in found}


def test_a_sound_file_has_no_problem(instruments):
    assert problems(made(INSTRUMENT, GATE), instruments) == set()


ENTRY = "/batteries/0/entries/0"


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([INSTRUMENT | {"asked": asked("no-such")}], (f"{ENTRY}/asked/instrument", "unknown-instrument")),
        ([INSTRUMENT | {"asked": asked(items=2)}], (f"{ENTRY}/asked/items", "count")),
        ([INSTRUMENT | {"asked": asked(needs=["no_such"])}], (f"{ENTRY}/asked/needs/0", "unknown-score")),
        ([INSTRUMENT | {"asked": asked("hidden")}], (f"{ENTRY}/asked/instrument", "licence")),
        (
            [INSTRUMENT | {"asked": asked(only_items=["no_such"])}],
            (f"{ENTRY}/asked/only_items/0", "unknown-item"),
        ),
        ([INSTRUMENT | {"asked": asked(only_items=["no_such"])}], (f"{ENTRY}/asked/needs/0", "count")),
        ([INSTRUMENT | {"if_known": "no_such"}], (f"{ENTRY}/if_known", "unknown-fact")),
        ([INSTRUMENT, INSTRUMENT], ("/batteries/0/entries/1/asked/instrument", "duplicate")),
        (
            [INSTRUMENT, {"kind": "instrument", "why": "Made.", "asked": asked("again")}],
            ("/batteries/0/entries/1", "asked-twice"),
        ),
        ([GATE], (f"{ENTRY}/when/instrument", "order")),
        ([INSTRUMENT, GATE | {"when": GATE["when"] | {"value": 5}}], ("/batteries/0/entries/1/when/value", "cut-off")),
        ([INSTRUMENT, GATE | {"when": GATE["when"] | {"value": 99}}], ("/batteries/0/entries/1/when/value", "range")),
        (
            [INSTRUMENT, GATE | {"when": GATE["when"] | {"score": "no_such"}}],
            ("/batteries/0/entries/1/when/score", "unknown-score"),
        ),
        (
            [INSTRUMENT, GATE | {"when": GATE["when"] | {"source": "a colleague"}}],
            ("/batteries/0/entries/1/when/source", "source"),
        ),
        ([{"kind": "slot", "why": "Made.", "slot": "no-such"}], (f"{ENTRY}/slot", "unknown-slot")),
        ([{"kind": "questions", "why": "Made.", "facts": ["no_such"]}], (f"{ENTRY}/facts/0", "unknown-fact")),
    ],
)
def test_each_broken_entry_is_named_by_its_place(entries, problem, instruments):
    assert problem in problems(made(*entries), instruments)


@pytest.mark.parametrize(
    ("carry", "problem"),
    [
        ({"made_1": "made_1"}, ("/carry_over/0/items/made_1", "unknown-item")),
        ({"longer_1": "no_such"}, ("/carry_over/0/items/longer_1", "unknown-item")),
        ({"longer_1": "made_1"}, ("/carry_over/0/items/longer_1", "differs")),
    ],
)
def test_an_answer_is_carried_only_between_the_same_words_and_answers(carry, problem, instruments):
    rule = {"origin": "made", "to": "longer", "items": carry, "because": "Made."}

    assert problem in problems(made(INSTRUMENT, carry_over=[rule]), instruments)


def test_the_same_words_may_be_asked_in_two_instruments_when_the_answer_is_carried(instruments):
    rule = {"origin": "made", "to": "again", "items": {"again_1": "made_1"}, "because": "The same."}
    again = {"kind": "instrument", "why": "Made.", "asked": asked("again")}

    assert problems(made(INSTRUMENT, again, carry_over=[rule]), instruments) == set()


def test_an_instrument_is_filled_from_one_origin_only(instruments):
    rule = {"origin": "made", "to": "again", "items": {"again_1": "made_1"}, "because": "The same."}

    assert ("/carry_over/1/to", "duplicate") in problems(made(INSTRUMENT, carry_over=[rule, rule]), instruments)


def test_a_slot_takes_nothing_that_does_not_measure_it(instruments):
    slot = {
        "id": "thoughts",
        "title": "Thoughts",
        "accepts": [asked("hidden")],
        "must_name": "catastroph",
        "unfilled": "Not measured.",
    }

    found = problems(made(INSTRUMENT, slots=[slot]), instruments)

    assert found == {("/slots/0/accepts/0/instrument", "measures")}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"item": "no_such"}, ("/self_harm/item", "unknown-item")),
        ({"instrument": "made", "item": "made_1"}, ("/self_harm/item", "alert")),
        ({"instrument": "no-such"}, ("/self_harm/instrument", "unknown-instrument")),
        ({"source": "a colleague"}, ("/self_harm/source", "source")),
    ],
)
def test_the_question_about_self_harm_exists_and_alerts_when_left_blank(changes, problem, instruments):
    document = made(INSTRUMENT)
    document["self_harm"] |= changes

    assert problem in problems(document, instruments)


@pytest.mark.parametrize(
    "entry",
    [
        INSTRUMENT | {"asked": asked(fewest=2)},
        INSTRUMENT | {"asked": asked(items=2, only_items=["made_1"])},
        INSTRUMENT | {"too_early": "Later."},
        INSTRUMENT | {"kind": "riddle"},
        {"kind": "questions", "why": "Made.", "facts": []},
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(entry):
    with pytest.raises(DefinitionRefused):
        read(made(entry))


def test_minutes_without_a_source_must_be_called_an_estimate():
    document = made(INSTRUMENT)
    document["timing"].pop("unverified")

    with pytest.raises(DefinitionRefused):
        read(document)


# -- length ------------------------------------------------------------------------------------------------------------


def sizes(battery_id, settings=None):
    return size_of(CONTENT, CONTENT.get(battery_id), FACTS, settings or Settings())


@pytest.mark.parametrize(
    ("battery_id", "items", "minutes"),
    [
        ("preoperative", (22, 39), (5, 8)),
        ("postoperative", (9, 26), (2, 6)),
        ("injury", (14, 33), (3, 7)),
        ("follow-up", (27, 46), (6, 10)),
    ],
)
def test_each_battery_says_its_items_and_minutes(battery_id, items, minutes):
    found = sizes(battery_id)

    assert (found["items"]["fewest"], found["items"]["most"]) == items
    assert (found["minutes"]["fewest"], found["minutes"]["most"]) == minutes


def test_every_battery_fits_a_waiting_room():
    assert all(sizes(battery.id)["minutes"]["most"] <= 10 for battery in CONTENT.batteries)


def test_the_minutes_are_called_our_estimate():
    assumption = sizes("preoperative")["assumption"]

    assert assumption["unverified"] is True
    assert assumption["source"] is None
    assert "estimate" in assumption["note"]


def test_a_licensed_questionnaire_and_the_phq_8_change_the_length():
    plain = sizes("preoperative")["items"]["most"]

    assert sizes("preoperative", Settings(phq8_instead_of_phq9=True))["items"]["most"] == plain - 2
    assert sizes("preoperative", Settings(slots={"catastrophising": "pcs-13"}))["items"]["most"] == plain + 13


def test_what_staff_enter_takes_none_of_the_person_s_time():
    found = sizes("preoperative")

    assert found["staff_items"] == {"fewest": 6, "most": 7}


# -- the shipped file --------------------------------------------------------------------------------------------------


def test_the_shipped_file_has_no_problem_but_instruments_that_are_not_here_yet():
    found = check_batteries(CONTENT, factors().content, registry(), procedures().content)

    assert {one.code for one in found} <= {"unknown-instrument"}
    assert not any(name in one.detail.split() for one in found for name in registry().ids)


def test_nothing_licensed_stands_outside_a_slot():
    licensed = {asked_for.instrument for slot in CONTENT.slots for asked_for in slot.accepts}
    plain = {
        entry.asked.instrument
        for battery in CONTENT.batteries
        for entry in battery.entries
        if isinstance(entry, InstrumentEntry)
    }

    assert not licensed & plain


def test_every_depression_gate_opens_at_2_by_the_study_that_counted_who_is_missed():
    gates = [
        entry
        for battery in CONTENT.batteries
        for entry in battery.entries
        if isinstance(entry, GateEntry) and entry.opens.instrument == "phq-9"
    ]

    assert len(gates) == len(CONTENT.batteries)
    assert {(gate.when.op, gate.when.value) for gate in gates} == {(">=", 2)}
    assert all("PMC5942185" in gate.when.source for gate in gates)
    assert all(gate.instead is not None and gate.instead.instrument == "phq-8" for gate in gates)


def test_no_statement_on_self_harm_says_that_there_is_no_alert():
    rule = CONTENT.self_harm

    for text in (rule.gate_closed, rule.replaced, rule.not_yet, rule.not_in_battery, rule.not_answered):
        assert "alert" not in text.lower()
        assert "not asked" in text or "left blank" in text


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_file_place_and_sentence(tmp_path, capsys):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(made(INSTRUMENT | {"asked": asked("phq-9", items=3)})), encoding="utf-8")

    assert main(["check", str(path)]) == 1
    printed = capsys.readouterr().out
    assert "small.json: /batteries/0/entries/0/asked/items: phq-9 has 10 items" in printed
    assert "small: 3 to 3 items, 1 to 1 minutes, an estimate" in printed


def test_the_command_is_content_with_a_sound_file(tmp_path, capsys):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(made(INSTRUMENT | {"asked": asked("phq-9", items=10)})), encoding="utf-8")

    assert main(["check", str(path)]) == 0
    assert "small.json: ok" in capsys.readouterr().out


def test_the_command_names_what_is_wrong_with_the_form(tmp_path, capsys):
    path = tmp_path / "small.json"
    path.write_text("[]", encoding="utf-8")

    assert main(["check", str(path)]) == 1
    assert "small.json is not valid" in capsys.readouterr().out
