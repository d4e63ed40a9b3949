"""The schema of a task's labels: JSON Schema, draft 2020-12.

A schema is written by a stranger: nothing that it refers to is ever fetched, so it has to be whole in itself, and how
much it makes those compute who hold labels against it is bounded.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from threading import local
from typing import Any, NamedTuple

from ..canonical import TYPES, Json, from_canonical, json_type, to_canonical
from ..errors import ManifestError, MissingExtra

try:
    import re2
    from jsonschema import Draft202012Validator
    from jsonschema import validators as _validators
    from jsonschema.exceptions import SchemaError, ValidationError, best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012
except ImportError as error:
    raise MissingExtra("labels") from error

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# All but the first match or look ahead in ways that cannot be bounded here; hardly any label needs them.
_NOT_READ = frozenset({"$dynamicRef", "patternProperties", "unevaluatedItems", "unevaluatedProperties"})
# Keywords looked at for one label, half a second of them; a keyword that looks at many values takes several.
MOST_STEPS = 100_000
# The types that a keyword speaks of, where it speaks of some: `minimum` says nothing of texts.
_MEANT: Mapping[str, frozenset[str]] = {
    keyword: frozenset(types)
    for types, keywords in (
        (("integer", "number"), ("multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")),
        (("string",), ("minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType")),
        (("array",), ("items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems")),
        (("object",), ("properties", "additionalProperties", "propertyNames", "required", "dependentRequired")),
        (("object",), ("minProperties", "maxProperties", "dependentSchemas")),
    )
    for keyword in keywords
}
# Values that are looked at in the time of one keyword.
_VALUES_PER_STEP = 8
# Characters of a list or object that are compared in the time of one keyword.
_CHARACTERS_PER_STEP = 128
# Without `retrieve=`: what is not in it is not found.
_NOTHING: Any = Registry()


class Schema:
    """A label schema that has been checked."""

    def __init__(self, schema: Json) -> None:
        """Raises `ManifestError` if `schema` is none, is of another draft, or refers to what is not in it."""
        if not isinstance(schema, dict | bool):
            raise ManifestError(f"label schema: expected an object, found {schema!r}")
        dialect = schema.get("$schema", _DIALECT) if isinstance(schema, dict) else _DIALECT
        if not isinstance(dialect, str) or dialect.rstrip("#") != _DIALECT:
            raise ManifestError(f"label schema: $schema is {dialect!r}, read is {_DIALECT!r}")
        try:
            Draft202012Validator.check_schema(schema)
            self._targets = _targets(schema)
        except SchemaError as error:
            raise ManifestError(f"label schema: {_shorten(error.message)} at {error.json_path}") from error
        except Unresolvable as error:
            raise ManifestError(
                f"label schema: refers to {error.ref!r}, which is not in it; nothing is fetched"
            ) from error
        except RecursionError as error:
            raise ManifestError("label schema: nested too deep") from error
        self._schema = schema
        self._types: dict[tuple[int, str | None], _Types] = {}
        self._validator = _Validator(schema, registry=_NOTHING)
        self._is_endless = False

    def refusal(self, label: Json) -> str | None:
        """Why `label` is outside the schema: the value, what was expected, and where; None if it is inside.

        Raises `ManifestError` if that takes longer than labels are worth, and from then on for all labels.
        """
        if not self._is_endless:
            _steps.left = MOST_STEPS
            try:
                _steps.for_comparing = 1 + len(repr(label)) // _CHARACTERS_PER_STEP
                return self._refusal(label)
            except (_TooLongError, RecursionError):
                self._is_endless = True
        raise ManifestError("label schema: takes too long to hold labels against")

    def types(self, key: str | None = None) -> frozenset[str]:
        """The types of JSON that labels may have, or with `key`, that values of this key of a label may have.

        Each one that the schema allows is among them. A schema that names no types means those that its keywords speak
        of, as `minimum` speaks of numbers. Raises `ManifestError` if the schema is too deep to tell.
        """
        try:
            found = self._types_of(self._schema, key)
        except RecursionError as error:
            raise ManifestError("label schema: nested too deep") from error
        return found.spoken

    def _types_of(self, part: Json, key: str | None) -> "_Types":
        if not isinstance(part, dict):
            return _ALL if part else _NONE
        if (id(part), key) not in self._types:
            self._types[id(part), key] = self._find_types(part, key)
        return self._types[id(part), key]

    def _find_types(self, part: dict[str, Json], key: str | None) -> "_Types":
        found = _own_types(part) if key is None else _types_of_key(part, key)
        if key is not None:
            inner = part.get("properties", {}).get(key, part.get("additionalProperties", True))
            found = found.both(self._types_of(inner, None))
        if "$ref" in part:
            found = found.both(self._types_of(self._targets[id(part)], key))
        for each in part.get("allOf", []):
            found = found.both(self._types_of(each, key))
        branches = [part[name] for name in ("anyOf", "oneOf") if name in part]
        if "if" in part:
            branches.append([part.get("then", True), part.get("else", True)])
        for branch in branches:
            either = _NONE
            for each in branch:
                either = either.either(self._types_of(each, key))
            found = found.both(either)
        return found

    def _refusal(self, label: Json) -> str | None:
        # A label that satisfies the schema, as most do, needs no search for its worst error.
        if self._validator.is_valid(label):
            return None
        found: ValidationError | None = best_match(self._validator.iter_errors(label))
        assert found is not None
        return f"{_shorten(found.message)} at {found.json_path}"


@lru_cache(16)
def schema_of(label_schema: bytes) -> Schema:
    """The schema of this canonical JSON: a requester's tasks mostly have the same, and checking one takes a while."""
    return Schema(from_canonical(label_schema))


class _Types(NamedTuple):
    """Types that a part of a schema allows, and those that it speaks of."""

    allowed: frozenset[str]
    meant: frozenset[str]

    @property
    def spoken(self) -> frozenset[str]:
        """The types that are named; or else those that are spoken of; or else all."""
        return self.allowed if self.allowed != _ALL.allowed else self.meant or self.allowed

    def both(self, other: "_Types") -> "_Types":
        return _Types(self.allowed & other.allowed, self.meant | other.meant)

    def either(self, other: "_Types") -> "_Types":
        spoken = self.spoken | other.spoken
        # One branch that says nothing is enough for the whole to say nothing.
        return _Types(self.allowed | other.allowed, spoken if spoken != _ALL.allowed else _ALL.meant)


_ALL = _Types(frozenset(TYPES), frozenset())
_NONE = _Types(frozenset(), frozenset())


def _own_types(part: dict[str, Json]) -> _Types:
    """What a part says itself of the types of a value."""
    allowed = _ALL.allowed
    if "type" in part:
        named = {part["type"]} if isinstance(part["type"], str) else {*part["type"]}
        allowed &= named | ({"integer"} if "number" in named else set())
    for values in _listed(part):
        allowed &= {json_type(value) for value in values}
    return _Types(allowed, frozenset[str]().union(*(_MEANT[keyword] for keyword in part if keyword in _MEANT)))


def _types_of_key(part: dict[str, Json], key: str) -> _Types:
    """What the values that a part lists say of the types of a key's values."""
    allowed = _ALL.allowed
    for values in _listed(part):
        allowed &= {json_type(value[key]) for value in values if isinstance(value, dict) and key in value}
    return _Types(allowed, frozenset())


def _listed(part: dict[str, Json]) -> Iterator[list[Json]]:
    if "enum" in part:
        yield part["enum"]
    if "const" in part:
        yield [part["const"]]


class _TooLongError(Exception):
    """A label takes more steps than labels are worth."""


_steps = local()
_Keyword = Callable[[Any, Any, Any, Any], Any]


def _counted(name: str, keyword: _Keyword) -> _Keyword:
    is_comparing = name in ("const", "enum")
    # Each value that these miss makes an error of its own.
    values_per_step = 1 if name in ("dependentRequired", "required") else _VALUES_PER_STEP

    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        values = _width(value) + _width(instance)
        _steps.left -= (1 + values // values_per_step) * (_steps.for_comparing if is_comparing else 1)
        if _steps.left < 0:
            raise _TooLongError
        return keyword(validator, value, instance, schema)

    return check


def _width(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(len(each) for each in value.values() if isinstance(each, list))
    return len(value) if isinstance(value, list) else 0


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _pattern_of(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _multiple_of(validator: Any, divisor: float, instance: Any, schema: Any) -> Iterator[ValidationError]:
    # As doubles, 1.15 is no multiple of 0.05. The decimals that are written decide: the shortest of each double, which
    # are those of canonical JSON, and of 309 digits at most.
    if validator.is_type(instance, "number") and Fraction(repr(instance)) % Fraction(repr(divisor)):
        yield ValidationError(f"{instance!r} is not a multiple of {divisor!r}")


def _unique_items(validator: Any, is_wanted: bool, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if is_wanted and validator.is_type(instance, "array") and len({*map(to_canonical, instance)}) < len(instance):
        yield ValidationError(f"{instance!r} has non-unique elements")


_OWN: Mapping[str, _Keyword] = {"multipleOf": _multiple_of, "pattern": _pattern, "uniqueItems": _unique_items}
_Validator: Any = _validators.extend(
    Draft202012Validator,
    {name: _counted(name, keyword) for name, keyword in {**Draft202012Validator.VALIDATORS, **_OWN}.items()},
)


def _check_read(part: dict[str, Json]) -> None:
    if not _NOT_READ.isdisjoint(part):
        raise ManifestError(f"label schema: {', '.join(sorted(_NOT_READ & part.keys()))} is not read")


def _targets(schema: Json) -> dict[int, Json]:
    """What each reference leads to, by the id of the part of the schema that has it.

    That is a part of the schema, or as good as one; and none leads back to itself without going into the label.
    """
    resource = DRAFT202012.create_resource(schema)
    waiting = [(resource, _NOTHING.with_resource("", resource).resolver_with_root(resource))]
    targets: dict[int, Json] = {}
    same: dict[int, list[Json]] = {}
    while waiting:
        found = []
        for part, nearest in _parts(*waiting.pop()):
            if not isinstance(part, dict) or id(part) in same:
                continue
            _check_read(part)
            if "pattern" in part:
                _pattern_of(part["pattern"])
            same[id(part)] = [*_in_place(part)]
            if "$ref" in part:
                there = nearest.lookup(part["$ref"])
                targets[id(part)] = there.contents
                same[id(part)].append(there.contents)
                found.append(there)
        for there in found:
            if id(there.contents) not in same:  # where no schema was seen
                Draft202012Validator.check_schema(there.contents)
                waiting.append((DRAFT202012.create_resource(there.contents), there.resolver))
    done: set[int] = set()
    for start in same:
        _check_end(start, same, [], done)
    return targets


@lru_cache(256)
def _pattern_of(pattern: str) -> Any:
    """A pattern of a stranger, by RE2: in time linear in the text, whatever the pattern, and bounded memory."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace")
        raise ManifestError(f"label schema: pattern {_shorten(repr(pattern))} is none of RE2: {why}") from error


def _in_place(part: dict[str, Json]) -> Iterator[Json]:
    """The schemas inside `part` that look at the same value as it does."""
    for keyword in ("not", "if", "then", "else"):
        if keyword in part:
            yield part[keyword]
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from part.get(keyword, [])
    yield from part.get("dependentSchemas", {}).values()


def _check_end(part: int, same: dict[int, list[Json]], above: list[int], done: set[int]) -> None:
    if part in above:
        raise ManifestError("label schema: refers to itself without end")
    if part not in done:
        for inner in same.get(part, []):
            _check_end(id(inner), same, [*above, part], done)
        done.add(part)


def _parts(resource: Any, resolver: Any) -> Iterator[tuple[Json, Any]]:
    """The schema and all schemas inside it, each with what resolves its references."""
    yield resource.contents, resolver
    for inner in resource.subresources():
        yield from _parts(inner, resolver.in_subresource(inner))


def _shorten(text: str) -> str:
    return text if len(text) <= 300 else text[:297] + "..."
