"""Amounts where no token is known, and so nobody can tell how many base units a whole one has."""

from . import errors


def only_base_units(name: str, value: object) -> int:
    """An amount of base units, an int. Raises `BaseUnitsNeeded` for whatever else, whole tokens among it."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise errors.BaseUnitsNeeded(name, value=repr(value), bound="an int of base units")
    return value
