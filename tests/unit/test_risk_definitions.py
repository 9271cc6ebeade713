"""The shipped definitions: sourced throughout, and the same numbers as the evidence sheets."""

from __future__ import annotations

import pytest

from shared.authoring.risk_review import review
from shared.risk_models.equation import LevelsTerm
from shared.risk_models.registry import DEFINITIONS as FOLDER
from tests.unit.risk_people import DEFINITIONS, data

EQUATIONS = data("sheet-equations.json")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_shipped_model_passes_its_check(path):
    assert review(path.read_bytes(), path.name) == []


@pytest.mark.parametrize("model", EQUATIONS)
def test_the_coefficients_are_those_of_the_sheet(model):
    definition = DEFINITIONS[model].model

    assert definition.equation.intercept.value == EQUATIONS[model]["intercept"]
    assert columns(definition.equation.terms) == [tuple(column) for column in EQUATIONS[model]["columns"]]
    if "probit" in EQUATIONS[model]:
        probit = EQUATIONS[model]["probit"]
        assert definition.alternative.cut_points[definition.alternative.event_categories - 1] == probit["cut_point"]
        assert columns(definition.alternative.terms) == [tuple(column) for column in probit["columns"]]


def columns(terms):
    found = []
    for term in terms:
        if isinstance(term, LevelsTerm):
            found += [(term.predictor, level, value) for level, value in term.levels.items() if value != 0]
        else:
            found.append((term.predictor, None, term.coefficient))
    return found


def test_the_shrunken_coefficients_are_the_unshrunken_ones_times_the_authors_slope():
    """The authors print both; a slip in copying one of them would show here."""
    unshrunken = {"female": 0.56597, "pain_intensity": 0.27423, "treatment_beliefs": -0.24623, "self_efficacy": 0.13188}
    slope = 0.8274
    used = {term.predictor: term for term in DEFINITIONS["verwoerd-2024-chronic-neck-pain"].model.equation.terms}

    for name, value in unshrunken.items():
        assert used[name].coefficient == pytest.approx(value * slope, abs=0.0006)


def test_every_model_names_what_it_may_be_used_for_and_its_limits():
    for definition in DEFINITIONS.values():
        assert definition.model.limitations
        assert definition.model.evidence_grade in "BC"
        assert definition.model.version == "1.0.0"
