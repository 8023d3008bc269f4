"""Reads a request's body by its shape. Whatever is wrong with it is told field by field, and never repeated."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from channels.api.problems import NOT_A_JSON_TYPE, NOT_JSON, TOO_LARGE, WRONG_FIELDS, Mistake, Problem
from channels.api.shapes import Taken

Shape = TypeVar("Shape", bound=Taken)

MOST_MISTAKES = 20

_WORDS = {
    "missing": "is needed",
    "extra_forbidden": "is not a field here",
    "string_type": "must be text",
    "string_too_long": "must be {max_length:,} characters or fewer",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "may hold visible ASCII characters only, without spaces",
    "too_short": "needs {min_length} at least",
    "too_long": "takes {max_length} at most",
    "literal_error": "must be {expected}",
    "model_type": "must be one JSON object",
    "model_attributes_type": "must be one JSON object",
}


async def read_body(request: Request, shape: type[Shape]) -> Shape:
    """The body. Raises Problem."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(NOT_A_JSON_TYPE)
    body = await request.body()
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise _told(error.errors(include_url=False, include_input=False)) from None
    except ValueError:
        raise Problem(NOT_JSON) from None


def read_fields(fields: Mapping[str, object], shape: type[Shape]) -> Shape:
    """The fields of a form. Raises Problem."""
    try:
        return shape.model_validate(dict(fields))
    except ValidationError as error:
        raise _told(error.errors(include_url=False, include_input=False)) from None


def _told(errors: list[ErrorDetails]) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(NOT_JSON)
    mistakes = [_mistake(error) for error in errors[:MOST_MISTAKES]]
    too_long = all(error["type"] == "string_too_long" and error["loc"] == ("text",) for error in errors)
    return Problem(TOO_LARGE if too_long else WRONG_FIELDS, mistakes)


def _mistake(error: ErrorDetails) -> Mistake:
    words = _WORDS.get(error["type"], error["msg"]).format(**error.get("ctx", {}))
    path = "/".join(str(part).replace("~", "~0").replace("/", "~1")[:100] for part in error["loc"])
    return Mistake(detail=words, pointer=f"#/{path}" if path else "#")
