"""The regressions once more, by a matrix product over coefficients copied from the evidence sheets."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from shared.risk import estimate
from shared.risk_models.definition import BinaryPredictor, CategoryPredictor
from tests.unit.risk_people import DEFINITIONS, data, inside

EQUATIONS = data("sheet-equations.json")
PEOPLE = 400


@pytest.mark.parametrize("model", EQUATIONS)
def test_a_logistic_model_equals_a_matrix_product(model):
    equation = EQUATIONS[model]
    people = sample(model)

    expected = 1 / (1 + np.exp(-(equation["intercept"] + design(people, equation["columns"]))))

    got = [estimate(DEFINITIONS[model], person, population(model))["value"] for person in people]
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("model", [model for model in EQUATIONS if "probit" in EQUATIONS[model]])
def test_the_ordered_probit_equals_a_matrix_product(model):
    probit = EQUATIONS[model]["probit"]
    people = sample(model)

    z = probit["cut_point"] - design(people, probit["columns"])
    expected = [0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z]

    got = [estimate(DEFINITIONS[model], person, population(model))["alternative_value"] for person in people]
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


def design(people, columns):
    """One column for each coefficient: the number itself, or whether the level is the person's."""
    names, levels, coefficients = zip(*columns, strict=True)
    matrix = np.array(
        [
            [
                person[name] if level is None else person[name] == level
                for name, level in zip(names, levels, strict=True)
            ]
            for person in people
        ],
        dtype=float,
    )
    return matrix @ np.array(coefficients)


def sample(model):
    """People spread evenly over everything the model allows, the same on every run."""
    chance = random.Random(model)
    return [{p.id: draw(p, chance) for p in DEFINITIONS[model].model.predictors} for _ in range(PEOPLE)]


def draw(predictor, chance):
    if isinstance(predictor, BinaryPredictor):
        return chance.randint(0, 1)
    if isinstance(predictor, CategoryPredictor):
        return chance.choice([category.value for category in predictor.values])
    low, high = predictor.range.low, predictor.range.high
    return chance.randint(low, high) if predictor.integer else chance.uniform(low, high)


def population(model):
    return inside(model) | ({} if any(p.id == "age" for p in DEFINITIONS[model].model.predictors) else {"age": 50})
