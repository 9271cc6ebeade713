"""The R4 resources that are read, as strict models: unknown properties are refused, and nothing is coerced.

What a form or a rule of ours asks of a response is judged elsewhere; here stands only what base FHIR asks.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from shared.fhir.datatypes import (
    Attachment,
    Code,
    Coding,
    Date,
    DateTime,
    Decimal,
    Element,
    Extension,
    Id,
    Identifier,
    Instant,
    Integer,
    Meta,
    Narrative,
    Quantity,
    Reference,
    Strict,
    Time,
    Uri,
    refusal,
)
from shared.fhir.document import hollow, path
from shared.fhir.operation_outcome import Issue, malformed


class Resource(Strict):
    """What every resource may hold."""

    id: Id | None = None
    meta: Meta | None = None
    implicitRules: Uri | None = None  # noqa: N815
    language: Code | None = None


class DomainResource(Resource):
    """A resource of the domain, which a Bundle and Parameters are not."""

    text: Narrative | None = None
    contained: list[dict[str, Any]] | None = None
    extension: list[Extension] | None = None
    modifierExtension: list[Extension] | None = None  # noqa: N815


ANSWER_VALUES = (
    "valueBoolean",
    "valueDecimal",
    "valueInteger",
    "valueDate",
    "valueDateTime",
    "valueTime",
    "valueString",
    "valueUri",
    "valueAttachment",
    "valueCoding",
    "valueQuantity",
    "valueReference",
)


class Answer(Element):
    modifierExtension: list[Extension] | None = None  # noqa: N815
    valueBoolean: bool | None = None  # noqa: N815
    valueDecimal: Decimal | None = None  # noqa: N815
    valueInteger: Integer | None = None  # noqa: N815
    valueDate: Date | None = None  # noqa: N815
    valueDateTime: DateTime | None = None  # noqa: N815
    valueTime: Time | None = None  # noqa: N815
    valueString: str | None = None  # noqa: N815
    valueUri: Uri | None = None  # noqa: N815
    valueAttachment: Attachment | None = None  # noqa: N815
    valueCoding: Coding | None = None  # noqa: N815
    valueQuantity: Quantity | None = None  # noqa: N815
    valueReference: Reference | None = None  # noqa: N815
    item: list[Item] | None = None

    @model_validator(mode="after")
    def _has_at_most_one_value(self) -> Self:
        if sum(name in self.model_fields_set for name in ANSWER_VALUES) > 1:
            raise refusal("structure", "an answer has one value")
        return self


class Item(Element):
    modifierExtension: list[Extension] | None = None  # noqa: N815
    linkId: Annotated[str, Field(max_length=255)]  # noqa: N815
    definition: Uri | None = None
    text: str | None = None
    answer: list[Answer] | None = None
    item: list[Item] | None = None


STATUSES = ("in-progress", "completed", "amended", "entered-in-error", "stopped")


class QuestionnaireResponse(DomainResource):
    resourceType: Literal["QuestionnaireResponse"]  # noqa: N815
    identifier: Identifier | None = None
    basedOn: list[Reference] | None = None  # noqa: N815
    partOf: list[Reference] | None = None  # noqa: N815
    questionnaire: Uri | None = None
    status: Literal["in-progress", "completed", "amended", "entered-in-error", "stopped"]
    subject: Reference | None = None
    encounter: Reference | None = None
    authored: DateTime | None = None
    author: Reference | None = None
    source: Reference | None = None
    item: list[Item] | None = None


class EntryRequest(Element):
    modifierExtension: list[Extension] | None = None  # noqa: N815
    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]
    url: Uri
    ifNoneMatch: str | None = None  # noqa: N815
    ifModifiedSince: Instant | None = None  # noqa: N815
    ifMatch: str | None = None  # noqa: N815
    ifNoneExist: str | None = None  # noqa: N815


class Link(Element):
    modifierExtension: list[Extension] | None = None  # noqa: N815
    relation: str
    url: Uri


class Entry(Element):
    """One entry of a Bundle that is sent to us; its resource is judged by its own type."""

    modifierExtension: list[Extension] | None = None  # noqa: N815
    link: list[Link] | None = None
    fullUrl: Uri | None = None  # noqa: N815
    resource: dict[str, Any] | None = None
    request: EntryRequest | None = None


class Bundle(Resource):
    """A transaction or batch."""

    resourceType: Literal["Bundle"]  # noqa: N815
    identifier: Identifier | None = None
    type: Literal["transaction", "batch"]
    timestamp: Instant | None = None
    link: list[Link] | None = None
    entry: list[Entry] | None = None


class Parameter(Element):
    """One parameter of an operation: a resource, or a value of one of the types that an operation here takes."""

    modifierExtension: list[Extension] | None = None  # noqa: N815
    name: str
    resource: dict[str, Any] | None = None
    valueCode: Code | None = None  # noqa: N815
    valueInstant: Instant | None = None  # noqa: N815
    valueInteger: Integer | None = None  # noqa: N815


class Parameters(Resource):
    resourceType: Literal["Parameters"]  # noqa: N815
    parameter: list[Parameter] | None = None


def shape_issues(model: type[Resource], document: dict[str, Any]) -> list[Issue]:
    """Where ``document`` breaks base FHIR: every place, never a value. Empty when it is of the model's form."""
    found = hollow(document)
    try:
        model.model_validate(document)
    except ValidationError as refused:
        root = model.__name__
        for line in refused.errors(include_url=False, include_context=False, include_input=False):
            place: tuple[str | int, ...] = line["loc"]
            if place not in found:
                issue = _issue(root, place, line["type"], line["msg"])
                found.setdefault((*place, line["type"]), issue)
    return list(dict.fromkeys(found.values()))


_CODES = {
    "fhir_structure": "structure",
    "fhir_invariant": "invariant",
    "literal_error": "code-invalid",
    "missing": "required",
}


def _issue(root: str, place: tuple[str | int, ...], kind: str, message: str) -> Issue:
    if kind == "extra_forbidden":
        return malformed("structure", path(root, place[:-1]), "Holds a property that is not known here.")
    code = _CODES.get(kind, "value")
    if kind == "missing":
        return malformed(code, path(root, place), "Is required.")
    if kind == "literal_error":
        return malformed(code, path(root, place), "Is none of the codes that FHIR allows here.")
    if not kind.startswith("fhir_"):
        # Of the wrong JSON type, or too long: pydantic's sentence states the rule and quotes nothing.
        code = "value" if kind.startswith("string_too") else "structure"
    said = message.removeprefix("Input ").removeprefix("String ")
    return malformed(code, path(root, place), said[:1].upper() + said[1:].rstrip(".") + ".")
