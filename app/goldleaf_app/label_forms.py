"""A form for one label, made of a task's label schema, and what somebody has put into it as a label.

The schema is a stranger's. What a form cannot ask for field by field is asked for as JSON; whatever comes back is held
against the whole schema, so a form that is too lenient lets nothing wrong through.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from goldleaf import encode_label
from goldleaf.canonical import Json, json_type, parse, to_canonical
from goldleaf.errors import GoldleafError, LabelError, NotCanonical
from goldleaf.labels.schema import Schema

# Name of a field of the form -> what was put into it.
Given: TypeAlias = Mapping[str, Sequence[str]]

ROOT = "label"
# Characters of all that one form sends: a label has 2,048 bytes at most, and may be written less tersely.
MOST_CHARACTERS = 20_000
# From so many choices on they are a list to pull down.
MOST_BUTTONS = 24
# Beyond these, a value is written as JSON.
MOST_CHOICES = 2_000
MOST_BOXES = 200
MOST_FIELDS = 60
DEEPEST = 3
# Longest text of one line, and of a title or hint, characters.
ONE_LINE = 120
LONGEST_TITLE = 120
LONGEST_HINT = 600
_REFERENCES = 16


class Kind(StrEnum):
    """How a value is asked for."""

    CHOICE = "choice"  # one of some
    CHOICES = "choices"  # any of some, as a list
    TEXT = "text"
    NUMBER = "number"
    FIXED = "fixed"  # there is only one
    GROUP = "group"  # an object, key by key
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to choose, and how it is shown."""

    value: Json
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """What is asked for one value of a label."""

    name: str  # in the form
    path: str  # of the value in the label, as the schema's refusals name it
    kind: Kind
    title: str
    hint: str = ""
    required: bool = True
    key: str = ""  # of the value in the object that it is of
    choices: tuple[Choice, ...] = ()
    fields: tuple["Field", ...] = ()
    # Of numbers and texts, as far as the schema says.
    lowest: Json = None
    highest: Json = None
    step: Json = None
    whole: bool = False
    bounds: str = ""  # in words
    longest: int | None = None
    # Whether a text or list may be empty: somebody has to say so, as else nothing was given yet.
    may_be_empty: bool = False

    @property
    def is_long(self) -> bool:
        """Whether a text may need several lines."""
        return self.longest is None or self.longest > ONE_LINE

    @property
    def empty_name(self) -> str:
        """The name of the field that says that it is empty on purpose."""
        return f"{self.name}-empty"

    def all(self) -> Iterator["Field"]:
        """This field and all inside it."""
        yield self
        for inner in self.fields:
            yield from inner.all()


@dataclass(slots=True)
class Answer:
    """What somebody has put into a form."""

    label: Json = None
    # Whether it is a label that the schema allows.
    is_label: bool = False
    # Field -> what is wrong with it; and what has to be given still.
    wrong: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


class _Nothing:
    """No value was given."""


_NOTHING = _Nothing()
_Value: TypeAlias = Json | _Nothing


# ---------------------------------------------------------------- schema -> form


def form_of(schema: Json) -> Field:
    """The form for labels of a schema."""
    found = _field(ROOT, "$", "", schema, schema, required=True, depth=0)
    return as_json(found) if sum(1 for _ in found.all()) > MOST_FIELDS else found


def as_json(form: Field | None = None) -> Field:
    """The form that takes any label, as JSON."""
    return Field(ROOT, "$", Kind.JSON, form.title if form else "Label", form.hint if form else "")


def _field(name: str, path: str, key: str, part: Json, whole: Json, *, required: bool, depth: int) -> Field:
    part = _resolved(part, whole)
    told: dict[str, Any] = part if isinstance(part, dict) else {}
    about: dict[str, Any] = {
        "name": name,
        "path": path,
        "key": key,
        "title": _text(told.get("title"), LONGEST_TITLE) or key or "Label",
        "hint": _text(told.get("description"), LONGEST_HINT),
        "required": required,
    }
    if "const" in told and required and key:
        return Field(kind=Kind.FIXED, choices=(_choice(told["const"]),), **about)
    choices = _choices(told, whole)
    if choices is not None:
        return Field(kind=Kind.CHOICE, choices=choices, **about)
    match told.get("type"):
        case "string":
            longest = told.get("maxLength")
            may_be_empty = required and not told.get("minLength") and "pattern" not in told
            return Field(
                kind=Kind.TEXT,
                longest=longest if isinstance(longest, int) else None,
                may_be_empty=may_be_empty,
                **about,
            )
        case "integer" | "number" as kind:
            return Field(
                kind=Kind.NUMBER,
                whole=kind == "integer",
                lowest=told.get("minimum", told.get("exclusiveMinimum")),
                highest=told.get("maximum", told.get("exclusiveMaximum")),
                step=told.get("multipleOf", 1 if kind == "integer" else None),
                bounds=_bounds(told),
                **about,
            )
        case "array" if "prefixItems" not in told:
            inner = _resolved(told.get("items"), whole)
            choices = _choices(inner, whole) if isinstance(inner, dict) else None
            if choices is not None and len(choices) <= MOST_BOXES:
                may_be_empty = required and not told.get("minItems")
                return Field(kind=Kind.CHOICES, choices=choices, may_be_empty=may_be_empty, **about)
        case "object":
            properties = told.get("properties")
            if isinstance(properties, dict) and 0 < len(properties) <= MOST_FIELDS and depth < DEEPEST:
                needed = [key for key in told.get("required", []) if key in properties]
                # A manifest is canonical JSON, whose keys are in the order of the alphabet; lists keep theirs.
                ordered = dict.fromkeys([*needed, *properties])
                fields = tuple(
                    _field(
                        f"{name}-{place}",
                        f"{path}.{inner}",
                        inner,
                        properties[inner],
                        whole,
                        required=inner in needed,
                        depth=depth + 1,
                    )
                    for place, inner in enumerate(ordered)
                )
                return Field(kind=Kind.GROUP, fields=fields, **about)
    return Field(kind=Kind.JSON, **about)


def _resolved(part: Json, whole: Json) -> Json:
    """What a part of the schema refers to, if that is named from its beginning."""
    for _ in range(_REFERENCES):
        reference = part.get("$ref") if isinstance(part, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return part
        part = whole
        for step in reference[2:].split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(part, dict) or key not in part:
                return None
            part = part[key]
    return None


def _choices(part: Mapping[str, Any], whole: Json) -> tuple[Choice, ...] | None:
    """The values of a part that lists all of them; None: it does not."""
    found: list[Choice] | None = None
    if "const" in part:
        found = [_choice(part["const"], part.get("title"))]
    elif isinstance(part.get("enum"), list):
        found = [_choice(value) for value in part["enum"]]
    elif part.get("type") == "boolean":
        found = [Choice(True, "Yes"), Choice(False, "No")]
    elif part.get("type") == "null":
        found = [_choice(None)]
    else:
        branches = part.get("oneOf", part.get("anyOf"))
        if isinstance(branches, list) and branches and "properties" not in part:
            found = []
            for branch in branches:
                resolved = _resolved(branch, whole)
                inner = _choices(resolved, whole) if isinstance(resolved, dict) and "$ref" not in resolved else None
                if inner is None:
                    return None
                found += inner
    if not found or len(found) > MOST_CHOICES:
        return None
    return tuple(found)


def _choice(value: Json, title: Any = None) -> Choice:
    return Choice(value, _text(title, LONGEST_TITLE) or show(value))


def lines(label: Json) -> list[tuple[str, str]]:
    """A label for people: key and value of each part of an object, or no key and the value."""
    if isinstance(label, dict):
        return [(key, show(value)) for key, value in label.items()]
    return [("", show(label))]


def show(value: Json) -> str:
    """A value for people: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value or "(empty text)"
    return "None" if value is None else to_canonical(value).decode()


def _bounds(told: Mapping[str, Any]) -> str:
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "more than",
        "maximum": "at most",
        "exclusiveMaximum": "less than",
        "multipleOf": "in steps of",
    }
    return ", ".join(f"{word} {show(told[name])}" for name, word in words.items() if name in told).capitalize()


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        return ""
    return value if len(value) <= longest else value[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"


# ---------------------------------------------------------------- form -> label


def read(form: Field, given: Given, schema: Schema) -> Answer:
    """The label that a form was filled in with, held against the schema. Raises `ManifestError` as `Schema` does."""
    answer = Answer()
    value = _read(form, given, answer)
    if answer.wrong or answer.missing or isinstance(value, _Nothing):
        return answer
    try:
        encode_label(value)
        refusal = schema.refusal(value)
    except LabelError as error:
        answer.wrong[form.name] = error.sentence()
        return answer
    if refusal is not None:
        told, _, path = refusal.rpartition(" at ")
        answer.wrong[_at(form, path).name] = f"{told}."
        return answer
    answer.label, answer.is_label = value, True
    return answer


def _read(asked: Field, given: Given, answer: Answer) -> _Value:
    """The value of a field; whatever is wrong or missing is noted in the answer."""
    texts = [text for text in given.get(asked.name, ()) if text.strip()]
    if not texts and asked.kind not in (Kind.GROUP, Kind.FIXED):
        if asked.may_be_empty and given.get(asked.empty_name):
            return "" if asked.kind is Kind.TEXT else []
        if asked.required:
            answer.missing[asked.name] = "Choose one." if asked.kind is Kind.CHOICE else "This has to be given."
        return _NOTHING
    match asked.kind:
        case Kind.FIXED:
            return asked.choices[0].value
        case Kind.GROUP:
            return _read_group(asked, given, answer)
        case Kind.TEXT:
            # Forms send line ends as in mail.
            return given[asked.name][0].replace("\r\n", "\n")
        case Kind.CHOICE | Kind.CHOICES:
            chosen = [asked.choices[int(text)].value for text in texts if _is_place(text, len(asked.choices))]
            if len(chosen) < len(texts):
                answer.wrong[asked.name] = "Choose among what is offered."
                return _NOTHING
            return chosen[0] if asked.kind is Kind.CHOICE else chosen
    return _read_json(asked, texts[0], answer)


def _read_group(asked: Field, given: Given, answer: Answer) -> _Value:
    inner = Answer()
    values = {field.key: _read(field, given, inner) for field in asked.fields}
    found: dict[str, Json] = {key: value for key, value in values.items() if not isinstance(value, _Nothing)}
    fixed = sum(field.kind is Kind.FIXED for field in asked.fields)
    if not asked.required and len(found) == fixed and not inner.wrong:
        return _NOTHING
    answer.wrong |= inner.wrong
    answer.missing |= inner.missing
    return found


def _read_json(asked: Field, text: str, answer: Answer) -> _Value:
    is_number = asked.kind is Kind.NUMBER
    try:
        value, _ = parse(text.strip().encode())
    except NotCanonical as error:
        answer.wrong[asked.name] = "Write a number, such as 1.5." if is_number else f"Write JSON: {error.sentence()}"
        return _NOTHING
    kind = json_type(value)
    if is_number and (kind not in ("integer", "number") or (asked.whole and kind != "integer")):
        answer.wrong[asked.name] = "Write a whole number." if asked.whole else "Write a number, such as 1.5."
        return _NOTHING
    return value


def _is_place(text: str, count: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6 and int(text) < count


def _at(form: Field, path: str) -> Field:
    """The innermost field that a path into the label leads to."""
    found = form
    for each in form.all():
        key = each.key.replace("\\", "\\\\").replace("'", "\\'")
        quoted = f"{each.path[: len(each.path) - len(each.key) - 1]}['{key}']" if each.key else each.path
        if any(path == own or path.startswith((f"{own}.", f"{own}[")) for own in (each.path, quoted)):
            found = each
    return found


# ---------------------------------------------------------------- label -> form


def fill(form: Field, label: Json, schema: Schema) -> tuple[Field, Given]:
    """The form with a label in it, as what it would send; as JSON where the form could not have made this label."""
    given: dict[str, list[str]] = {}
    _fill(form, label, given)
    try:
        answer = read(form, given, schema)
        if answer.is_label and to_canonical(answer.label) == to_canonical(label):
            return form, given
    except GoldleafError:
        pass
    return as_json(form), {ROOT: [to_canonical(label).decode()]}


def _fill(asked: Field, value: Json, given: dict[str, list[str]]) -> None:
    match asked.kind:
        case Kind.GROUP if isinstance(value, dict):
            for inner in asked.fields:
                if inner.key in value:
                    _fill(inner, value[inner.key], given)
        case Kind.CHOICE | Kind.CHOICES:
            wanted = value if asked.kind is Kind.CHOICES and isinstance(value, list) else [value]
            known = {to_canonical(choice.value): place for place, choice in reversed([*enumerate(asked.choices)])}
            given[asked.name] = [str(known[data]) for each in wanted if (data := to_canonical(each)) in known]
        case Kind.TEXT if isinstance(value, str):
            given[asked.name] = [value]
        case Kind.NUMBER | Kind.JSON:
            given[asked.name] = [to_canonical(value).decode()]
    if asked.may_be_empty and value in ("", []):
        given[asked.empty_name] = ["1"]
