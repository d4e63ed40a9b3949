"""The schema of a task's labels: JSON Schema, draft 2020-12.

A schema is written by a stranger: nothing that it refers to is ever fetched, so it has to be whole in itself.
"""

from collections.abc import Iterator
from typing import Any

from .canonical import Json
from .errors import ManifestError, MissingExtra

try:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, ValidationError, best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012
except ImportError as error:
    raise MissingExtra("labels") from error

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
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
        self._validator = Draft202012Validator(schema, registry=_NOTHING)

    def refusal(self, label: Json) -> str | None:
        """Why `label` is outside the schema: the value, what was expected, and where; None if it is inside."""
        # A label that satisfies the schema, as most do, needs no search for its worst error.
        if self._validator.is_valid(label):
            return None
        found: ValidationError | None = best_match(self._validator.iter_errors(label))
        assert found is not None
        return f"{_shorten(found.message)} at {found.json_path}"


def _check_references(schema: Json) -> None:
    """Each reference leads to a part of the schema, and none leads back to itself without going into the label."""
    resource = DRAFT202012.create_resource(schema)
    resolver = _NOTHING.with_resource("", resource).resolver_with_root(resource)
    same: dict[int, list[Json]] = {}
    for part, nearest in _parts(resource, resolver):
        if not isinstance(part, dict):
            continue
        if "$dynamicRef" in part:
            raise ManifestError("label schema: $dynamicRef is not read, use $ref")
        same[id(part)] = [*_in_place(part)]
        if "$ref" in part:
            same[id(part)].append(nearest.lookup(part["$ref"]).contents)
    done: set[int] = set()
    for start in same:
        _check_end(start, same, [], done)


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
