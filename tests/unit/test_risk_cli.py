"""The author's commands on risk models: check, new, pages."""

from __future__ import annotations

import json

import jsonschema
import pytest

from infra.local.template import ROOT
from shared.authoring.risk_cli import main
from shared.authoring.risk_scaffold import LINKS
from shared.risk_models import registry
from tests.unit.test_risk_models_of_a_deployer import ID, own_model, put


def test_every_shipped_model_is_checked_without_arguments(capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{model}.json: ok" for model in registry().ids]


def test_a_good_file_is_ok_and_a_bad_one_is_told_all_its_problems(tmp_path, capsys):
    good = put(tmp_path, own_model())
    bad = put(tmp_path, own_model(id="bad-2027", kind="guess", event=""), "bad-2027")

    assert main(["check", str(good), str(bad)]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{ID}.json: ok"
    assert {line.split(": ")[1] for line in lines[1:]} == {"/kind", "/event"}
    assert all(line.startswith("bad-2027.json: ") for line in lines[1:])


def test_a_file_that_is_not_there_is_a_problem(tmp_path, capsys):
    assert main(["check", str(tmp_path / "gone.json")]) == 1
    assert "No such file" in capsys.readouterr().out


def test_the_id_of_a_shipped_model_cannot_be_taken(tmp_path, capsys):
    shipped = "start-back-2008"
    path = tmp_path / f"{shipped}.json"
    path.write_bytes((ROOT / "shared" / "risk_models" / "definitions" / path.name).read_bytes())

    assert main(["check", str(path)]) == 1
    assert "is the id of a model that ships with the service" in capsys.readouterr().out


@pytest.mark.parametrize("link", LINKS)
def test_a_new_file_has_only_its_blanks_to_fill(link, tmp_path, capsys):
    assert main(["new", "clinic-2028", "--link", link, "--into", str(tmp_path)]) == 0
    assert main(["check", str(tmp_path / "clinic-2028.json")]) == 1

    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines
    assert all("is still blank" in line for line in lines)


@pytest.mark.parametrize("link", LINKS)
def test_a_new_file_fits_together_once_its_blanks_are_filled(link, tmp_path):
    main(["new", "clinic-2028", "--link", link, "--into", str(tmp_path)])
    path = tmp_path / "clinic-2028.json"
    model = json.loads(path.read_text().replace("FILL IN: ", ""))
    model |= {"event_is": "unwanted", "evidence_grade": "B"}
    model["population"]["procedures"] = ["other"]
    if link in ("count", "rule"):
        model["worked_examples"][0]["predictors"] = {"score_total": 4, "yes_or_no": 0}
    path.write_text(json.dumps(model))

    assert main(["check", str(path)]) == 0


def test_a_new_file_never_overwrites_and_needs_an_id(tmp_path, capsys):
    put(tmp_path, own_model())

    assert main(["new", ID, "--into", str(tmp_path)]) == 1
    assert main(["new", "Not An Id", "--into", str(tmp_path)]) == 1
    assert json.loads((tmp_path / f"{ID}.json").read_text())["title"] == own_model()["title"]
    assert "was not touched" in capsys.readouterr().err


def test_the_pages_in_the_repository_are_what_the_definitions_give():
    assert main(["pages", "--check"]) == 0


def test_the_schema_in_the_repository_is_what_the_form_gives_and_takes_every_model():
    schema = json.loads((ROOT / "docs" / "schema" / "risk-model.schema.json").read_text(encoding="utf-8"))
    folder = ROOT / "shared" / "risk_models" / "definitions"

    assert main(["schema", "--check"]) == 0
    for path in folder.glob("*.json"):
        jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), schema)


def test_every_model_has_a_page_and_the_index_names_those_not_computable():
    index = (ROOT / "docs" / "models" / "index.md").read_text(encoding="utf-8")

    assert all((ROOT / "docs" / "models" / f"{model}.md").is_file() for model in registry().ids)
    assert all(f"({model}.md)" in index for model in registry().ids)
    assert all(f"`{model.id}`" in index for model in registry().not_computable)


def test_a_deployers_model_can_be_read_as_a_page(tmp_path, capsys):
    models = tmp_path / "models"
    models.mkdir()
    put(models, own_model())

    assert main(["pages", "--from", str(models), "--into", str(tmp_path)]) == 0

    page = (tmp_path / "docs" / "models" / f"{ID}.md").read_text(encoding="utf-8")
    assert "-0.3 × (value − 50) ÷ 10" in page
    assert "1.1 if at least 7; 0.5 if at least 4; else 0" in page
    assert main(["pages", "--check", "--from", str(models), "--into", str(tmp_path)]) == 0
    (tmp_path / "docs" / "models" / "left-over.md").write_text("old")
    assert main(["pages", "--check", "--from", str(models), "--into", str(tmp_path)]) == 1
    assert "left-over.md is stale" in capsys.readouterr().out


def test_a_broken_folder_is_refused_by_name(tmp_path, capsys):
    put(tmp_path, own_model(kind="guess"))

    assert main(["pages", "--from", str(tmp_path), "--into", str(tmp_path)]) == 1
    assert f"{ID}.json is not a valid risk model" in capsys.readouterr().err
