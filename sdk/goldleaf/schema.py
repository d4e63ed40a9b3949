"""The schema of a task's labels: JSON Schema, draft 2020-12.

A schema is written by a stranger: nothing that it refers to is ever fetched, so it has to be whole in itself, and how
much it makes those compute who hold labels against it is bounded.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from threading import local
from typing import Any

from .canonical import Json
from .errors import ManifestError, MissingExtra

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
# Keywords looked at for one label, half a second of them.
MOST_STEPS = 100_000
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
            _check_references(schema)
        except SchemaError as error:
            raise ManifestError(f"label schema: {error.message} at {error.json_path}") from error
        except Unresolvable as error:
            raise ManifestError(
                f"label schema: refers to {error.ref!r}, which is not in it; nothing is fetched"
            ) from error
        except RecursionError as error:
            raise ManifestError("label schema: nested too deep") from error
        self._validator = _Validator(schema, registry=_NOTHING)
        self._is_endless = False

    def refusal(self, label: Json) -> str | None:
        """Why `label` is outside the schema: the value, what was expected, and where; None if it is inside.

        Raises `ManifestError` if that takes longer than labels are worth, and from then on for all labels.
        """
        if not self._is_endless:
            _steps.left = MOST_STEPS
            try:
                return self._refusal(label)
            except (_TooLongError, RecursionError):
                self._is_endless = True
        raise ManifestError("label schema: takes too long to hold labels against")

    def _refusal(self, label: Json) -> str | None:
        # A label that satisfies the schema, as most do, needs no search for its worst error.
        if self._validator.is_valid(label):
            return None
        found: ValidationError | None = best_match(self._validator.iter_errors(label))
        assert found is not None
        return f"{_shorten(found.message)} at {found.json_path}"


class _TooLongError(Exception):
    """A label takes more steps than labels are worth."""


_steps = local()
_Keyword = Callable[[Any, Any, Any, Any], Any]


def _counted(keyword: _Keyword) -> _Keyword:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        _steps.left -= 1
        if _steps.left < 0:
            raise _TooLongError
        # A reference may lead to where no schema was seen.
        _check_read(schema)
        return keyword(validator, value, instance, schema)

    return check


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _pattern_of(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = _validators.extend(
    Draft202012Validator,
    {name: _counted(keyword) for name, keyword in {**Draft202012Validator.VALIDATORS, "pattern": _pattern}.items()},
)


def _check_read(part: dict[str, Json]) -> None:
    if not _NOT_READ.isdisjoint(part):
        raise ManifestError(f"label schema: {', '.join(sorted(_NOT_READ & part.keys()))} is not read")


def _check_references(schema: Json) -> None:
    """Each reference leads to a part of the schema, and none leads back to itself without going into the label."""
    resource = DRAFT202012.create_resource(schema)
    resolver = _NOTHING.with_resource("", resource).resolver_with_root(resource)
    same: dict[int, list[Json]] = {}
    for part, nearest in _parts(resource, resolver):
        if not isinstance(part, dict):
            continue
        _check_read(part)
        if "pattern" in part:
            _pattern_of(part["pattern"])
        same[id(part)] = [*_in_place(part)]
        if "$ref" in part:
            same[id(part)].append(nearest.lookup(part["$ref"]).contents)
    done: set[int] = set()
    for start in same:
        _check_end(start, same, [], done)


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
