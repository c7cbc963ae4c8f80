"""What pydantic found wrong, as one message: the field, what was received, what is allowed, what is near."""

import re
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from environment.errors import BadInput
from environment.sourced import NOTHING, Leaf, closest, leaf_of, table_of


def bad_input(fault: ValidationError, root: type[BaseModel], where: str) -> BadInput:
    """The first fault that pydantic found in a table of type `root`, with the number of further ones."""
    # An unknown key comes first: the "missing" beside it is usually the same slip of the pen.
    errors = sorted(fault.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
    field, received, allowed, near = _explained(errors[0], root)
    if len(errors) > 1:
        allowed += f" (and {len(errors) - 1} more)"
    try:
        repr(received)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        received = "a number too long to print"
    return BadInput(field, received, allowed, where=where, nearest=near)


def _explained(error: ErrorDetails, root: type[BaseModel]) -> tuple[str, Any, str, str | None]:
    """Field, received, allowed and nearest name of one error of pydantic."""
    parts = [str(part) for part in error["loc"]]
    context, kind = error.get("ctx", {}), error["type"]
    if kind == "refused":
        key = ".".join([*map(_printable, parts), *([context["key"]] if context["key"] else [])])
        return key, context["received"], context["allowed"], context["nearest"]
    field = ".".join(map(_printable, parts)) or "file"
    if kind == "extra_forbidden":
        keys = _keys_at(root, parts[:-1])
        return field, parts[-1], f"the keys {', '.join(keys)}", closest(parts[-1], keys)
    if kind == "missing":
        return field, NOTHING, f"a value, for it is required: {_words_at(root, parts)}", None
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        return field, error["input"], f"one of {', '.join(options)}", closest(error["input"], options)
    return field, error["input"], _WORDS.get(kind) or _words_at(root, parts), None


_WORDS = {
    "string_pattern_mismatch": "one line of plain text; for a name, lower case with hyphens: my-framework",
    "string_too_short": "text that is not empty",
    "string_too_long": "shorter text (a name up to 60 characters, a line up to 600)",
    "string_type": "text",
    "float_type": "a number",
    "finite_number": "a finite number",
}


def _printable(part: str) -> str:
    short = part if len(part) <= 60 else part[:57] + "..."
    return short if short.isprintable() else repr(short)


def _at(root: type[BaseModel], parts: list[str]) -> tuple[Leaf | None, type[BaseModel] | None]:
    """The leaf and the table at a place of `root`; a value has both, plain text neither."""
    leaf: Leaf | None = None
    table: type[BaseModel] | None = root
    for part in parts:
        field = table.model_fields.get(part) if table is not None else None
        leaf, table = (leaf_of(field), table_of(field)) if field is not None else (None, None)
    return leaf, table


def _keys_at(root: type[BaseModel], parts: list[str]) -> tuple[str, ...]:
    _, table = _at(root, parts)
    return tuple(table.model_fields) if table is not None else ()


def _words_at(root: type[BaseModel], parts: list[str]) -> str:
    leaf, table = _at(root, parts)
    above, _ = _at(root, parts[:-1])
    if above is not None:
        of_value = {"value": above.words(), "unit": f"the unit of this value, {above.unit!r}"}
        return of_value.get(parts[-1], "text")
    if leaf is not None:
        return leaf.words()
    return f"a table with the keys {', '.join(table.model_fields)}" if table is not None else "text"
