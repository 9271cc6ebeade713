"""The examples of the how-to pages are what the service says."""

from __future__ import annotations

import json
import re

from infra.local.template import ROOT
from shared.agreement import agree
from shared.agreement.request import CheckRequest
from shared.change import change
from shared.instruments import registry
from shared.scoring import scorer_for


def page(name):
    return (ROOT / "docs" / "how-to" / name).read_text(encoding="utf-8")


def blocks(name):
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page(name), re.DOTALL)]


def checked(instrument, body):
    asked = CheckRequest.model_validate(body)
    return agree(scorer_for(registry().get(instrument)), asked.responses, asked.claims())


def test_the_check_answers_as_its_page_says():
    asked, answered, shifted = blocks("check-your-scorer.md")

    found = checked("gad-7", asked)
    assert {name: found[name] for name in answered} == answered

    (difference,) = checked("isi", shifted)["differences"]
    assert f'"rule": "{difference["rule"]}"' in page("check-your-scorer.md")
    assert f'"ours_if_so": {difference["ours_if_so"]}' in page("check-your-scorer.md")


def test_every_rule_of_the_code_stands_on_the_page():
    text = page("check-your-scorer.md")
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "shared/agreement").glob("*.py")))
    named = set(re.findall(r'(?:Found|Total|Recoding)\(\s*"([a-z-]+)"', sources))

    assert named
    assert [rule for rule in sorted(named) if rule not in text] == []


def test_the_change_is_judged_as_its_page_says():
    definition = registry().get("isi")
    both = (
        scorer_for(definition).score({f"isi_{n}": value for n, value in enumerate(values, 1)})
        for values in ([3, 3, 3, 3, 2, 2, 2], [3, 3, 3, 3, 0, 0, 0])
    )
    said = json.loads(re.search(r"`(\{\"difference\".*?\})`", page("read-change.md")).group(1))

    (row,) = change(definition, *both)["changes"]

    assert {name: row[name] for name in said} == said
