"""A text pack is whole and for the definition it names, or it is refused, problem by problem."""

from __future__ import annotations

import hashlib
import json

import jsonschema
import pytest

from infra.local.template import ROOT
from shared.errors import TextPackRefused
from shared.instruments import registry
from shared.instruments.definition import Choice
from shared.text_packs import TextPacks, worded
from shared.text_packs.cli import main, schema_text
from shared.text_packs.loader import read
from shared.text_packs.review import answers_of
from tests.support.text_packs import pack_for

EXAMPLES = ROOT / "docs" / "examples" / "text-packs"
INSTRUMENTS = [definition.instrument for definition in registry().load_all().values() if definition.instrument.items]


def isi(**more):
    return pack_for(registry().get("isi").instrument, **more)


def content(document):
    return json.dumps(document).encode()


def problems_of(document):
    with pytest.raises(TextPackRefused) as refused:
        read(content(document), "x.json", registry())
    return {(problem.pointer, problem.code) for problem in refused.value.problems}


# -- whole -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda instrument: instrument.id)
def test_a_whole_pack_words_everything_that_is_shown(instrument):
    pack = read(content(pack_for(instrument)), "x.json", registry()).pack

    shown = worded(instrument, pack)

    assert shown.language == "de"
    assert [item.text for item in shown.items] == [f"words of {item.id}" for item in instrument.items]
    assert all(item.text_is == "official" for item in shown.items)
    for item in shown.items:
        answers = shown.options[item.options]
        if isinstance(answers, Choice):
            assert [o.label for o in answers.options] == [f"label {answer}" for answer in answers_of(answers)]
    assert shown.scores == instrument.scores


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda instrument: instrument.id)
def test_nothing_of_a_pack_may_be_missing(instrument):
    whole = pack_for(instrument)
    gaps = [("items", item) for item in whole["items"]]
    gaps += [("options", name) for name in whole["options"]]
    for place, name in gaps:
        rest = {**whole, place: {key: words for key, words in whole[place].items() if key != name}}
        assert problems_of(rest) == {(f"/{place}/{name}", "required")}
    for name, labels in whole["options"].items():
        for answer in labels:
            fewer = {key: label for key, label in labels.items() if key != answer}
            rest = {**whole, "options": {**whole["options"], name: fewer}}
            assert problems_of(rest) == {(f"/options/{name}/{answer}", "required")}


def test_a_lead_in_of_the_definition_must_be_worded():
    phq9 = registry().get("phq-9").instrument

    assert problems_of(pack_for(phq9, stem=None)) == {("/stem", "required")}


def test_what_the_definition_does_not_have_is_refused_by_name():
    document = isi()
    document["items"]["isi_8"] = "one more"
    document["options"]["severity5"]["5"] = "one more"
    document["options"]["other"] = {"0": "x"}
    document["item_stems"] = {"isi_1": "x"}

    assert problems_of(document) == {
        ("/items/isi_8", "unknown-key"),
        ("/options/severity5/5", "unknown-key"),
        ("/options/other", "unknown-key"),
        ("/item_stems/isi_1", "unknown-key"),
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"instrument": "nothing"}, ("/instrument", "unknown-instrument")),
        ({"instrument_version": "0.9.0"}, ("/instrument_version", "value-not-allowed")),
        ({"language": "d"}, ("/language", "value-not-allowed")),
        ({"language": "de_AT"}, ("/language", "value-not-allowed")),
        ({"version": "1"}, ("/version", "value-not-allowed")),
        ({"permission": "  "}, ("/permission", "value-not-allowed")),
        ({"licence_holder": ""}, ("/licence_holder", "value-not-allowed")),
        ({"items": {"isi_1": 1}}, ("/items/isi_1", "value-not-allowed")),
        ({"translator": "x"}, ("", "unknown-key")),
    ],
)
def test_a_wrong_part_is_named(change, problem):
    assert problem in problems_of({**isi(), **change})


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[]", b'{"items": {"a": "x", "a": "y"}}', b"[" * 100_000])
def test_what_is_not_one_json_object_is_refused(raw):
    with pytest.raises(TextPackRefused):
        read(raw, "x.json", registry())


def test_wording_that_ships_is_not_replaced_in_its_own_language():
    phq9 = registry().get("phq-9").instrument

    assert problems_of(pack_for(phq9, language="EN")) == {("/language", "value-not-allowed")}
    assert read(content(pack_for(phq9, language="de")), "x.json", registry()).pack.language == "de"
    assert read(content(pack_for(phq9, language="en-GB")), "x.json", registry()).pack.language == "en-GB"


# -- folders -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    def put(**documents):
        for name, document in documents.items():
            (tmp_path / f"{name}.json").write_bytes(content(document))
        return tmp_path

    return put


def test_a_language_is_matched_by_its_whole_tag_and_nothing_falls_back(folder):
    packs = TextPacks([folder(a=isi(language="de"), b=isi(language="de-AT"))], registry())

    assert packs.get("isi", "de").pack.language == "de"
    assert packs.get("isi", "DE-at").pack.language == "de-AT"
    assert packs.get("isi", "de-CH") is None
    assert packs.get("isi", "fr") is None
    assert packs.get("isi", None) is None
    assert packs.get("phq-9", "de") is None
    assert sorted(packs.languages("isi")) == ["de", "de-AT"]


def test_the_hash_is_that_of_the_file(folder):
    place = folder(a=isi())

    packs = TextPacks([place], registry())

    assert packs.used("isi", "fr") is None
    assert packs.used("isi", "de") == {
        "language": "de",
        "version": "1.0.0",
        "sha256": hashlib.sha256((place / "a.json").read_bytes()).hexdigest(),
    }


def test_one_broken_pack_refuses_the_start_by_name(folder):
    broken = isi(language="fr")
    del broken["items"]["isi_1"]

    with pytest.raises(TextPackRefused) as refused:
        TextPacks([folder(good=isi(), broken=broken, other={})], registry())

    details = [problem.detail for problem in refused.value.problems]
    assert any(detail.startswith("broken.json: ") for detail in details)
    assert any(detail.startswith("other.json: ") for detail in details)
    assert not any(detail.startswith("good.json: ") for detail in details)


def test_two_packs_for_one_language_are_refused(folder):
    with pytest.raises(TextPackRefused) as refused:
        TextPacks([folder(a=isi(language="de"), b=isi(language="DE"))], registry())

    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [("/language", "duplicate")]


def test_a_folder_that_is_not_there_is_no_empty_folder(tmp_path):
    with pytest.raises(TextPackRefused, match="absent"):
        TextPacks([tmp_path / "absent"], registry())


def test_invented_wording_is_loaded_only_when_that_is_asked_for():
    with pytest.raises(TextPackRefused):
        TextPacks([EXAMPLES], registry())

    assert TextPacks([EXAMPLES], registry(), allow_invented=True).get("isi", "en").pack.invented


# -- the example and the schema ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_an_example_is_whole_and_says_that_it_is_invented(path):
    pack = read(path.read_bytes(), path.name, registry()).pack

    assert pack.invented
    assert all("invented" in words.lower() for words in pack.items.values())
    assert all("invented" in label for labels in pack.options.values() for label in labels.values())
    assert "not the questions" in pack.permission


def test_the_published_schema_is_that_of_the_model():
    published = ROOT / "docs" / "schema" / "text-pack.schema.json"

    assert published.read_text(encoding="utf-8") == schema_text(), "write it: python -m shared.text_packs schema"


def test_the_schema_takes_a_whole_pack_and_nothing_unknown():
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(isi(), schema)
    for wrong in ({**isi(), "more": 1}, {**isi(), "items": {"isi_1": ""}}, {**isi(), "language": "de_AT"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_file_pointer_and_sentence_for_every_problem(folder, capsys):
    broken = isi(instrument_version="0.9.0")
    del broken["items"]["isi_1"]
    place = folder(good=isi(), broken=broken)

    code = main(["check", *(str(place / name) for name in ("good.json", "broken.json", "absent.json"))])

    printed = capsys.readouterr().out.splitlines()
    version = "must be 1.0.0, the version of the definition here; compare the wording with it again"
    assert code == 1
    assert [line for line in printed if "/broken.json: " in line] == [
        f"{place}/broken.json: /instrument_version: {version}",
        f"{place}/broken.json: /items/isi_1: is required: the pack must word every item",
    ]
    assert any(line.startswith(f"{place}/good.json: ok: isi in de") for line in printed)
    assert any(line.startswith(f"{place}/absent.json: No such file") for line in printed)


def test_the_command_is_content_with_good_packs(folder, capsys):
    assert main(["check", str(folder(good=isi()) / "good.json")]) == 0
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out.split("\n", 1)[1])["title"] == "TextPack"
