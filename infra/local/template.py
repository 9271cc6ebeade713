"""Reads ``template.yaml``, so that the local service and the tests have its routes, environment and table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

PSEUDO_PARAMETERS = {"AWS::StackName": "local", "AWS::Region": "eu-west-1", "AWS::URLSuffix": "amazonaws.com"}
ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"


class Route(NamedTuple):
    """One route of the API: ``path`` as in the template, with ``{names}``."""

    method: str
    path: str
    function: str
    public: bool


class EventSource(NamedTuple):
    """What hands events to a function: ``source`` is the table or a queue. A record is passed on by any of
    ``patterns``, and every record where there are none.
    """

    source: str
    function: str
    batch_size: int
    patterns: list[dict[str, Any]]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags: ``!Ref X`` becomes ``{"Ref": "X"}``."""


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if name == "Fn::GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _tag)


class Template:
    """The deployed system as described, with parameters filled in.

    A resource that is referred to becomes its own logical id: that is what the local table and functions are called.
    A key becomes its alias, since nobody can choose the id of a key.
    """

    def __init__(self, parameters: Mapping[str, str], path: Path = TEMPLATE) -> None:
        self._document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 a SafeLoader
        defaults = {name: str(given.get("Default", "")) for name, given in self._document["Parameters"].items()}
        unknown = set(parameters) - set(defaults)
        if unknown:
            raise KeyError(f"the template has no parameter {', '.join(sorted(unknown))}")
        self.parameters = defaults | dict(parameters)

    def functions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and properties of every function."""
        for name, resource in self._document["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                yield name, resource["Properties"]

    def routes(self) -> list[Route]:
        """Every route, in the template's order."""
        return [
            Route(
                method=event["Properties"]["Method"].upper(),
                path=event["Properties"]["Path"],
                function=name,
                public=(event["Properties"].get("Auth") or {}).get("Authorizer") == "NONE",
            )
            for name, properties in self.functions()
            for event in (properties.get("Events") or {}).values()
            if event["Type"] == "Api"
        ]

    def module(self, function: str) -> str:
        """The importable name of a function's code: ``functions.catalogue.app``."""
        properties = dict(self.functions())[function]
        return str(properties["CodeUri"]).strip("./").replace("/", ".") + ".app"

    def authorizer(self) -> tuple[str, int]:
        """The authorizer's function and for how many seconds its answer is kept."""
        auth = self._document["Resources"]["Api"]["Properties"]["Auth"]
        chosen = auth["Authorizers"][auth["DefaultAuthorizer"]]
        return self._name_of(chosen["FunctionArn"]), int(chosen["Identity"].get("ReauthorizeEvery", 300))

    def environment(self, function: str) -> dict[str, str]:
        """A function's environment, the global part included."""
        every = self._document["Globals"]["Function"].get("Environment", {}).get("Variables", {})
        own = dict(self.functions())[function].get("Environment", {}).get("Variables", {})
        return {name: self._text(value) for name, value in {**every, **own}.items()}

    def table(self) -> dict[str, Any]:
        """Arguments of ``create_table`` for the one table."""
        name, properties = next(
            (name, resource["Properties"])
            for name, resource in self._document["Resources"].items()
            if resource["Type"] == "AWS::DynamoDB::Table"
        )
        wanted = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        return {"TableName": name, **{key: properties[key] for key in wanted if key in properties}}

    def signing_key(self) -> tuple[str, dict[str, Any]]:
        """The alias of the one key that signs, and arguments of ``create_key`` for it."""
        name, properties = next(
            (name, resource["Properties"])
            for name, resource in self._document["Resources"].items()
            if resource["Type"] == "AWS::KMS::Key" and resource["Properties"].get("KeyUsage") == "SIGN_VERIFY"
        )
        return str(self._alias_of(name)), {key: properties[key] for key in ("KeySpec", "KeyUsage")}

    def event_sources(self) -> list[EventSource]:
        """Every source of events besides the API."""
        return [
            EventSource(
                self._name_of(mapping["EventSourceArn"]),
                self._name_of(mapping["FunctionName"]),
                int(mapping["BatchSize"]),
                [json.loads(given["Pattern"]) for given in mapping.get("FilterCriteria", {}).get("Filters", [])],
            )
            for mapping in self._of_type("AWS::Lambda::EventSourceMapping")
        ]

    def queues(self) -> dict[str, dict[str, Any]]:
        """Every queue by its logical id."""
        resources = self._document["Resources"].items()
        return {name: one["Properties"] for name, one in resources if one["Type"] == "AWS::SQS::Queue"}

    def _of_type(self, kind: str) -> Iterator[dict[str, Any]]:
        return (one["Properties"] for one in self._document["Resources"].values() if one["Type"] == kind)

    def _alias_of(self, key: str) -> str | None:
        for resource in self._document["Resources"].values():
            if resource["Type"] == "AWS::KMS::Alias" and resource["Properties"]["TargetKeyId"] == {"Ref": key}:
                return self._text(resource["Properties"]["AliasName"])
        return None

    def _text(self, value: Any) -> str:
        if not isinstance(value, dict):
            return str(value)
        if "Ref" in value:
            name = str(value["Ref"])
            return self._alias_of(name) or (PSEUDO_PARAMETERS | self.parameters).get(name, name)
        if "Fn::If" in value:
            condition, then, otherwise = value["Fn::If"]
            return self._text(then if self._holds(self._document["Conditions"][condition]) else otherwise)
        if "Fn::Sub" in value:
            return re.sub(r"\$\{([^}]+)\}", lambda found: self._text({"Ref": found[1]}), value["Fn::Sub"])
        raise ValueError(f"{next(iter(value))} is not understood in an environment")

    def _holds(self, condition: dict[str, Any]) -> bool:
        if "Fn::Not" in condition:
            return not self._holds(condition["Fn::Not"][0])
        one, other = condition["Fn::Equals"]
        return self._text(one) == self._text(other)

    def _name_of(self, value: Any) -> str:
        name = value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]
        return str(name).split(".", maxsplit=1)[0]
