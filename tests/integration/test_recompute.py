"""A wrong cut-off is released in one version, then corrected: exactly the touched results are listed."""

from __future__ import annotations

import json

import pytest

from functions.assessments import app
from shared.instruments.registry import DEFINITIONS, Registry, fingerprint
from shared.storage.__main__ import main

GOOD = (DEFINITIONS / "phq-9.json").read_bytes()


@pytest.fixture
def faulty(tmp_path):
    """A registry whose PHQ-9 calls 9 moderate already."""
    text = GOOD.decode().replace('"version": "1.0.0"', '"version": "0.9.0"')
    text = text.replace('{"label": "mild", "low": 5, "high": 9}', '{"label": "mild", "low": 5, "high": 8}')
    text = text.replace('{"label": "moderate", "low": 10, "high": 14}', '{"label": "moderate", "low": 9, "high": 14}')
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "phq-9.json").write_text(text, encoding="utf-8")
    (tmp_path / "corrected").mkdir()
    (tmp_path / "corrected" / "phq-9.json").write_bytes(GOOD)
    return tmp_path


def submit(client, intake, subject, answers):
    answers = dict(zip([f"phq9_{n}" for n in range(1, 10)], answers, strict=True))
    body = {**intake, "subject": subject, "responses": [{"instrument": "phq-9", "responses": answers}]}
    return client.post("/v1/assessments", body).json["id"]


def lines(capsys):
    *found, summary = capsys.readouterr().out.strip().splitlines()
    return [json.loads(line) for line in found if line.startswith('{"tenant"')], summary


def test_exactly_the_touched_results_are_listed_with_who_was_shown_them(client, intake, faulty, monkeypatch, capsys):
    real = app.assessments()
    wrong = Registry(faulty / "definitions")
    object.__setattr__(real, "registry", wrong)
    ids = {
        total: submit(client, intake, f"p-{total}", [total // 9 + (n < total % 9) for n in range(9)])
        for total in range(6, 13)
    }
    client.get(f"/v1/assessments/{ids[9]}")
    capsys.readouterr()

    faulty_hash = fingerprint(wrong.content("phq-9"))
    corrected = str(faulty / "corrected" / "phq-9.json")
    code = main(["recompute", "--table", "Table", "--scored-with", faulty_hash, "--definition", corrected])

    found, summary = lines(capsys)
    assert code == 1
    assert [line["assessment"] for line in found] == [ids[9]]
    assert found[0]["differences"] == [
        {"instrument": "phq-9", "score": "total", "stored": {"band": "moderate"}, "now": {"band": "mild"}}
    ]
    assert [entry["how"] for entry in found[0]["shown_to"]] == ["create", "read"]
    assert summary == "7 assessments looked at, 1 come out otherwise, 0 with a definition not at hand"


def test_results_of_the_shipped_definitions_prove_themselves(client, sample, capsys):
    client.post("/v1/assessments", sample)
    capsys.readouterr()

    assert main(["recompute", "--table", "Table"]) == 0
    assert lines(capsys)[1] == "1 assessments looked at, 0 come out otherwise, 0 with a definition not at hand"


def test_a_superseded_version_is_found_by_its_hash(tmp_path):
    (tmp_path / "definitions").mkdir()
    (tmp_path / "superseded").mkdir()
    old = GOOD.replace(b'"version": "1.0.0"', b'"version": "0.9.0"')
    (tmp_path / "superseded" / "phq-9-0.9.0.json").write_bytes(old)
    (tmp_path / "definitions" / "phq-9.json").write_bytes(GOOD)
    kept = Registry(tmp_path / "definitions")

    assert kept.by_hash("phq-9", fingerprint(old)).instrument.version == "0.9.0"
    assert kept.by_hash("phq-9", fingerprint(GOOD)).instrument.version == "1.0.0"
    assert kept.by_hash("phq-9", "0" * 64) is None
