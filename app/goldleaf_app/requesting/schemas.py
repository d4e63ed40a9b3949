"""What a label is: built out of a few choices, or written as JSON Schema; and told in words, as annotators get it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from goldleaf.canonical import Json, read_json, to_canonical
from goldleaf.errors import GoldleafError, NotCanonical
from goldleaf.labels import encode_label
from goldleaf.labels.schema import Schema

from ..refusals import Refused
from .drafts import LONGEST

# Ways to say what a label is.
KINDS: Mapping[str, str] = {
    "one": "One of several choices",
    "several": "Any number of several choices",
    "number": "A number",
    "text": "A text",
    "truth": "Yes or no",
    "json": "Something else: JSON Schema",
}
MOST_CHOICES = 200
# A label takes 2,048 bytes at most, and a letter may take several.
MOST_LETTERS = 500
# Of a bound, in characters.
LONGEST_NUMBER = 30


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that annotators fill in."""

    name: str  # of the value in the label; empty: it is the label
    told: str
    choices: tuple[str, ...] = ()
    is_needed: bool = True


def build(typed: Mapping[str, str]) -> Json:
    """The JSON Schema of a label. Raises `Refused`, by field."""
    builder = _BUILDERS.get(typed.get("kind", ""))
    if builder is None:
        raise Refused(kind="Choose what a label is.")
    schema = builder(typed)
    try:
        Schema(schema)
    except GoldleafError as error:
        raise Refused(schema=_upper(error.sentence())) from error
    return schema


def classes_of(schema: Json) -> list[Json] | None:
    """The labels that an item may have, if the schema lists them; None: it does not."""
    if not isinstance(schema, dict):
        return None
    if isinstance(schema.get("enum"), list):
        return [*schema["enum"]]
    return [True, False] if schema.get("type") == "boolean" else None


def refusal(schema: Json, label: Json) -> str | None:
    """Why a label is outside a schema; None: it is inside."""
    return Schema(schema).refusal(label)


def describe(schema: Json) -> list[Control]:
    """What annotators fill in, in the order of the schema."""
    if isinstance(schema, dict) and schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        needed = schema.get("required", [])
        return [_control(name, part, name in needed) for name, part in schema["properties"].items()]
    return [_control("", schema, True)]


def name_class(label: Json) -> str:
    """A label as it is shown."""
    if isinstance(label, bool):
        return "yes" if label else "no"
    return label if isinstance(label, str) else to_canonical(label).decode()


def _control(name: str, part: Json, is_needed: bool) -> Control:
    told, choices = _tell(part)
    return Control(name, told, tuple(choices), is_needed)


def _tell(part: Json) -> tuple[str, list[str]]:
    """A part of a schema in words, and the choices that it leaves."""
    if not isinstance(part, dict):
        return "anything", []
    if (classes := classes_of(part)) is not None:
        told = "yes or no" if part.get("type") == "boolean" else f"one of {len(classes)} choices"
        return told, [*map(name_class, classes)]
    match part.get("type"):
        case "array":
            _, choices = _tell(part.get("items", True))
            return (f"any number of {len(choices)} choices" if choices else "a list"), choices
        case "number" | "integer" as kind:
            bounds = [
                f"{word} {json.dumps(part[key])}"
                for key, word in (("minimum", "from"), ("maximum", "to"))
                if key in part
            ]
            return " ".join(["a whole number" if kind == "integer" else "a number", *bounds]), []
        case "string":
            most = part.get("maxLength")
            return f"a text of at most {most} characters" if isinstance(most, int) else "a text", []
        case "object":
            return "a group of values", []
        case _:
            return "a value that the schema allows", []


# ---------------------------------------------------------------- the ways


def _one(typed: Mapping[str, str]) -> Json:
    return {"type": "string", "enum": [*_choices(typed)]}


def _several(typed: Mapping[str, str]) -> Json:
    choices = _choices(typed)
    try:
        encode_label([*choices])
    except GoldleafError as error:
        raise Refused(choices="All choices together are longer than a label may be: shorten them.") from error
    schema: dict[str, Json] = {"type": "array", "items": {"enum": [*choices]}, "uniqueItems": True}
    if typed.get("at_least_one"):
        schema["minItems"] = 1
    return schema


def _number(typed: Mapping[str, str]) -> Json:
    schema: dict[str, Json] = {"type": "integer" if typed.get("whole") else "number"}
    for field, key in (("lowest", "minimum"), ("highest", "maximum")):
        if text := typed.get(field, "").strip():
            schema[key] = _bound(field, text)
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        raise Refused(highest="The highest number is below the lowest.")
    return schema


def _bound(field: str, text: str) -> Json:
    try:
        value = read_json(text.encode()) if len(text) <= LONGEST_NUMBER else None
    except ValueError:
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(**{field: "Write a number such as 0 or 2.5."})
    return value


def _text(typed: Mapping[str, str]) -> Json:
    text = typed.get("longest", "").strip() or str(MOST_LETTERS)
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_LETTERS:
        raise Refused(longest=f"Write a whole number from 1 to {MOST_LETTERS}: a label is short.")
    return {"type": "string", "minLength": 1, "maxLength": int(text)}


def _truth(typed: Mapping[str, str]) -> Json:
    return {"type": "boolean"}


def _json(typed: Mapping[str, str]) -> Json:
    text = typed.get("schema", "")
    if len(text) > LONGEST:
        raise Refused(schema=f"A schema has at most {LONGEST:,} characters here.")
    try:
        found = read_json(text.encode())
        to_canonical(found)
    except (ValueError, RecursionError) as error:
        raise Refused(schema=f"This is no JSON: {error}.") from error
    except NotCanonical as error:
        raise Refused(schema=_upper(error.sentence())) from error
    if not isinstance(found, dict | bool):
        raise Refused(schema="A JSON Schema is an object, in braces.")
    return found


_BUILDERS: Mapping[str, Callable[[Mapping[str, str]], Json]] = {
    "one": _one,
    "several": _several,
    "number": _number,
    "text": _text,
    "truth": _truth,
    "json": _json,
}


def _choices(typed: Mapping[str, str]) -> list[str]:
    found = [line.strip() for line in typed.get("choices", "").splitlines() if line.strip()]
    if not 2 <= len(found) <= MOST_CHOICES:
        raise Refused(choices=f"Write 2 to {MOST_CHOICES} choices, one on each line.")
    repeated = next((one for one in found if found.count(one) > 1), None)
    if repeated is not None:
        raise Refused(choices=f"{repeated} stands there twice.")
    try:
        for one in found:
            encode_label(one)
    except GoldleafError as error:
        raise Refused(choices=_upper(error.sentence())) from error
    return found


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
