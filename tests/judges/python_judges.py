"""Two judges in an environment of their own: ``fhir.resources`` (structure) and the R4 JSON schema (codes, keys).

Reads ``{"name", "resource"}`` as NDJSON from standard input, prints ``{"name", "judge", "problems"}`` for each judge.
The one argument is the path of ``fhir.schema.json``.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

SCHEMA = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
# The packed schema points at definitions that it does not hold: `Resource`, and a type of R5's.
for named in re.findall(r'"#/definitions/(\w+)"', json.dumps(SCHEMA)):
    SCHEMA["definitions"].setdefault(named, {"$ref": "#/definitions/ResourceList"} if named == "Resource" else {})


@cache
def validator(resource_type: str) -> Any:
    """R4's schema, entered at one resource type: entered at its top it would only say that nothing fits."""
    schema = {"$schema": SCHEMA["$schema"], "definitions": SCHEMA["definitions"]}
    return jsonschema_rs.validator_for(schema | {"$ref": f"#/definitions/{resource_type}"})


def by_fhir_resources(resource: dict[str, Any]) -> list[str]:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate_json(json.dumps(resource))
    except ValidationError as refused:
        return [f"{line['loc']}: {line['msg']}" for line in refused.errors()]
    return []


def by_schema(resource: dict[str, Any]) -> list[str]:
    errors = validator(resource["resourceType"]).iter_errors(resource)
    return [f"{error.instance_path}: {error.message}"[:500] for error in errors]


for line in sys.stdin:
    case = json.loads(line)
    for judge, look in (("fhir.resources", by_fhir_resources), ("R4 schema", by_schema)):
        print(json.dumps({"name": case["name"], "judge": judge, "problems": look(case["resource"])}))
