"""The API's description in OpenAPI 3.1, made from the table of operations and the shapes that requests are read by."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from channels.api.operations import OPERATIONS, Operation, Parameter
from channels.api.problems import MEDIA_TYPE, Kind, ProblemTold

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"


def description(council: str, languages: Sequence[str]) -> dict[str, Any]:
    """The whole document. ``languages`` are the tags of those in which we answer."""
    refs, schemas = _schemas()
    for schema in schemas.values():
        if told := schema.get("properties", {}).get("language"):
            told["description"] += f" Offered: {', '.join(languages)}."
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{council}: complaints and feedback",
            "version": VERSION,
            "description": "Conversations, whole contacts and the status of cases, for residents and other systems.",
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The conversation’s own."}
            },
        },
    }


def _schemas() -> tuple[dict[type[BaseModel], str], dict[str, Any]]:
    """Where each shape's schema stands, and all of them."""
    modes: dict[type[BaseModel], JsonSchemaMode] = {ProblemTold: "serialization"}
    for operation in OPERATIONS:
        modes |= dict.fromkeys(operation.answers.values(), "serialization")
        if operation.takes:
            modes[operation.takes] = "validation"
    found, definitions = models_json_schema([(model, mode) for model, mode in modes.items()], ref_template=_REF)
    return {model: found[model, mode]["$ref"] for model, mode in modes.items()}, definitions["$defs"]


def _operation(operation: Operation, refs: dict[type[BaseModel], str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.key,
        "summary": operation.summary,
        "responses": _responses(operation, refs),
    }
    if parameters := _parameters(operation):
        told["parameters"] = parameters
    if operation.takes:
        body = {"schema": {"$ref": refs[operation.takes]}, "example": dict(operation.example)}
        kind = "multipart/form-data" if operation.form else "application/json"
        told["requestBody"] = {"required": True, "content": {kind: body}}
    if operation.needs_token:
        told["security"] = [{"token": []}]
    return told


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    given = [_parameter(parameter) for parameter in operation.parameters]
    if "{id}" in operation.path:
        name = Parameter("id", "path", "The conversation’s id.")
        given.insert(0, _parameter(name) | {"required": True})
    return given


def _parameter(parameter: Parameter) -> dict[str, Any]:
    kind = "integer" if parameter.where == "query" else "string"
    schema = {"type": kind} | ({"minimum": 0} if kind == "integer" else {})
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "schema": schema,
    }


def _responses(operation: Operation, refs: dict[type[BaseModel], str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for status, shape in operation.answers.items():
        words = (shape.__doc__ or "").splitlines()[0]
        content = {"application/json": {"schema": {"$ref": refs[shape]}}}
        if operation.streams:
            content = {"text/event-stream": {"schema": {"type": "string"}}}
        told[str(status)] = {"description": words, "content": content}
    problem = {MEDIA_TYPE: {"schema": {"$ref": refs[ProblemTold]}}}
    for status, kinds in sorted(_by_status(operation.all_problems).items()):
        told[str(status)] = {"description": " Or: ".join(kind.title for kind in kinds), "content": problem}
    return told


def _by_status(kinds: tuple[Kind, ...]) -> dict[int, list[Kind]]:
    found: dict[int, list[Kind]] = {}
    for kind in kinds:
        found.setdefault(kind.status, []).append(kind)
    return found
