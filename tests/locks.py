"""Locks of Python requirements, and what they lack to be installed as they are, with nothing resolved."""

import re
from collections.abc import Callable, Iterable

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# What the locks are for.
ENVIRONMENT = {**default_environment(), "python_version": "3.11", "python_full_version": "3.11.0"}


def parse(text: str) -> list[Requirement]:
    """The requirements of a lock, or of the file that it is resolved from."""
    return [Requirement(line) for line in re.findall(r"^[A-Za-z0-9][^#\n\\]*", text, re.MULTILINE)]


def version(requirement: Requirement) -> str:
    """The version that a requirement is pinned to."""
    [pin] = requirement.specifier
    assert pin.operator == "==" and not pin.version.endswith("*"), f"{requirement} is not pinned"
    return pin.version


def lacking(locked: Iterable[Requirement], needs: Callable[[str], Iterable[str]]) -> list[str]:
    """What the distributions of a lock need and the lock does not have: a distribution, its version, or its extra.

    `needs` gives the requirements of a distribution as its metadata has them, for all extras and environments.
    """
    lock = {canonicalize_name(one.name): one for one in locked}
    missing = []
    for one in lock.values():
        for need in map(Requirement, needs(one.name)):
            if need.marker and not any(need.marker.evaluate({**ENVIRONMENT, "extra": e}) for e in one.extras | {""}):
                continue
            found = lock.get(canonicalize_name(need.name))
            if found is None or not need.specifier.contains(version(found), prereleases=True):
                missing.append(f"{one.name} needs {need}, not {found or 'nothing'}")
            elif not need.extras <= found.extras:
                # Some versions of pip then take another release, the newest.
                missing.append(f"{one.name} needs {need}, not {found} without the extra")
    return missing
