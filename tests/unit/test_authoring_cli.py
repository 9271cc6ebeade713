"""The author's commands, as an author types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from shared.authoring.cli import main
from shared.authoring.scaffold import blank_definition
from shared.instruments import registry
from shared.instruments.registry import DEFINITIONS

PHQ9 = DEFINITIONS / "phq-9.json"
IDS = registry().ids


def saved(folder, definition, name=None):
    path = folder / (name or f"{definition['id']}.json")
    path.write_text(json.dumps(definition), encoding="utf-8")
    return path


@pytest.fixture
def phq9():
    return json.loads(PHQ9.read_text(encoding="utf-8"))


# -- check -------------------------------------------------------------------------------------------------------------


def test_check_without_a_file_checks_everything_that_ships(capsys):
    assert main(["check"]) == 0

    assert capsys.readouterr().out.splitlines() == [f"{name}.json: ok" for name in IDS]


def test_check_prints_file_pointer_and_sentence_for_every_problem(capsys, tmp_path, phq9):
    phq9["scores"][0]["range"] = [0, 28]
    phq9["items"][0]["loinc"] = "44250-8"

    assert main(["check", str(saved(tmp_path, phq9))]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert "phq-9.json: /scores/0/range: is 0 to 28, but the answers and the method give 0 to 27" in lines
    assert "phq-9.json: /items/0/loinc: 44250-8 has a wrong check digit" in lines


def test_check_goes_on_to_the_next_file(capsys, tmp_path):
    assert main(["check", str(tmp_path / "none.json"), str(PHQ9)]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert "No such file" in lines[0]
    assert lines[1] == "phq-9.json: ok"


def test_the_module_runs_as_a_command():
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "shared.instruments", "check", str(PHQ9)]

    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, "phq-9.json: ok\n")


# -- new ---------------------------------------------------------------------------------------------------------------


def blanks_of(path, capsys):
    main(["check", str(path)])
    return [line for line in capsys.readouterr().out.splitlines() if "is still blank" in line]


def test_new_leaves_blanks_that_the_check_names_one_by_one(capsys, tmp_path):
    assert main(["new", "my-scale", "--into", str(tmp_path)]) == 0
    path = tmp_path / "my-scale.json"
    capsys.readouterr()

    before = blanks_of(path, capsys)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("FILL IN: the full name", "My Scale"), encoding="utf-8")
    after = blanks_of(path, capsys)

    assert len(before) > 20
    assert set(before) - set(after) == {"my-scale.json: /title: is still blank: the full name"}


def test_a_filled_in_scaffold_passes_the_check(capsys, tmp_path):
    text = json.dumps(blank_definition("my-scale"))
    for choice in ("higher-is-worse", "public-domain", "mood"):
        text = text.replace(f'"FILL IN: {next(h for h in hints(text) if h.startswith(choice))}"', f'"{choice}"')
    text = text.replace('"FILL IN: A, B, C or D, by the second reader"', '"B"')
    for number, hint in enumerate(hints(text)):
        text = text.replace(f'"FILL IN: {hint}"', f'"filled {number}"', 1)
    path = tmp_path / "my-scale.json"
    path.write_text(text, encoding="utf-8")

    assert main(["check", str(path)]) == 0, capsys.readouterr().out


def hints(text):
    return [part.split('"')[0] for part in text.split('"FILL IN: ')[1:]]


def test_new_never_overwrites(capsys, tmp_path):
    path = tmp_path / "phq-9.json"
    path.write_text("mine", encoding="utf-8")

    assert main(["new", "phq-9", "--into", str(tmp_path)]) == 1

    assert path.read_text(encoding="utf-8") == "mine"
    assert "was not touched" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["My Scale", "../x", "", "a_b", "a--b"])
def test_new_refuses_what_is_no_id(name, capsys, tmp_path):
    assert main(["new", name, "--into", str(tmp_path)]) == 1

    assert list(tmp_path.iterdir()) == []
    assert "such as phq-9" in capsys.readouterr().err


def test_new_says_when_the_folder_is_not_there(capsys, tmp_path):
    assert main(["new", "my-scale", "--into", str(tmp_path / "none")]) == 1

    assert "could not be written" in capsys.readouterr().err


# -- diff --------------------------------------------------------------------------------------------------------------


def test_diff_says_what_changed_and_complains_about_the_version(capsys, tmp_path, phq9):
    phq9["scores"][0]["bands"]["rows"][2]["low"] = 9
    phq9["scores"][0]["bands"]["rows"][1]["high"] = 8

    assert main(["diff", str(PHQ9), str(saved(tmp_path, phq9, "new.json"))]) == 1

    out = capsys.readouterr().out
    assert "- results with total 9 change their band" in out
    assert "Complaint: numbers changed, but the version is still" in out


def test_diff_of_the_same_file_is_no_difference(capsys):
    assert main(["diff", str(PHQ9), str(PHQ9)]) == 0

    assert "none: nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "{}", "not json"])
def test_diff_refuses_what_it_cannot_read(content, capsys, tmp_path):
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    assert main(["diff", str(PHQ9), str(path)]) == 1

    assert "run check on it first" in capsys.readouterr().err


# -- what is published -------------------------------------------------------------------------------------------------

FEW = ("gad-7", "phq-9", "psqi")
KINDS = {
    "pages": [*(f"docs/instruments/{name}.md" for name in FEW), "docs/instruments/index.md"],
    "dictionary": ["docs/data-dictionary.csv", "docs/data-dictionary.json"],
    "schema": ["docs/schema/instrument.schema.json"],
    "conformance": [*(f"conformance/{name}.json" for name in FEW), "conformance/index.json"],
}


@pytest.fixture
def folders(tmp_path):
    """Options that read three definitions from one folder and write into another."""
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    for name in FEW:
        (drafts / f"{name}.json").write_bytes((DEFINITIONS / f"{name}.json").read_bytes())
    return ["--from", str(drafts), "--into", str(tmp_path)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_is_current_until_it_is_changed(kind, capsys, tmp_path, folders):
    assert main([kind, "--check", *folders]) == 1
    assert main([kind, *folders]) == 0
    assert main([kind, "--check", *folders]) == 0
    for name in KINDS[kind]:
        assert (tmp_path / name).is_file()
    touched = tmp_path / KINDS[kind][0]
    touched.write_text("mine", encoding="utf-8")
    capsys.readouterr()

    assert main([kind, "--check", *folders]) == 1
    assert f"{KINDS[kind][0]} is stale: run python -m shared.instruments {kind}" in capsys.readouterr().out
    assert touched.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("kind", "left"), [("pages", "docs/instruments/gone.md"), ("conformance", "conformance/gone.json")]
)
def test_what_no_definition_gives_any_more_is_stale_and_goes(kind, left, tmp_path, folders):
    main([kind, *folders])
    (tmp_path / left).write_text("old", encoding="utf-8")

    assert main([kind, "--check", *folders]) == 1
    assert main([kind, *folders]) == 0
    assert not (tmp_path / left).exists()


def test_a_broken_definition_is_refused_by_name_and_nothing_is_written(capsys, tmp_path, folders):
    (tmp_path / "drafts" / "isi.json").write_text("{}", encoding="utf-8")

    assert main(["pages", *folders]) == 1

    assert "isi.json is not a valid definition" in capsys.readouterr().err
    assert not (tmp_path / "docs").exists()


def test_every_shipped_definition_is_valid_by_the_published_schema(tmp_path):
    main(["schema", "--into", str(tmp_path)])
    schema = json.loads((tmp_path / "docs/schema/instrument.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    for name in IDS:
        definition = json.loads((DEFINITIONS / f"{name}.json").read_text(encoding="utf-8"))
        assert [error.message for error in validator.iter_errors(definition)] == [], name


def test_the_published_schema_refuses_an_unknown_key(tmp_path, phq9):
    main(["schema", "--into", str(tmp_path)])
    schema = json.loads((tmp_path / "docs/schema/instrument.schema.json").read_text(encoding="utf-8"))

    assert list(jsonschema.Draft202012Validator(schema).iter_errors(phq9 | {"colour": "blue"}))


def test_the_table_has_a_line_for_each_instrument(capsys):
    assert main(["table"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "id"
    assert [line.split()[0] for line in lines[1:-1]] == list(IDS)
    assert lines[-1].startswith(f"{len(IDS)} instruments, ")


def test_a_command_that_is_not_known_is_said_to_be(capsys):
    with pytest.raises(SystemExit) as left:
        main(["publish"])

    assert left.value.code == 2
    assert "invalid choice" in capsys.readouterr().err
