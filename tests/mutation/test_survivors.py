"""What is explained is there."""

from tests.mutation.mutants import all_mutants
from tests.mutation.survivors import entries


def test_survivors__each_entry__is_a_mutant_of_today_and_has_a_reason() -> None:
    mutants = {mutant.id: mutant for mutant in all_mutants()}
    for entry in entries():
        assert set(entry) == {"id", "file", "function", "operator", "was", "now", "equivalent", "reason"}
        mutant = mutants.get(entry["id"])
        assert mutant is not None, f"no such mutant any more: {entry}"
        told = {name: entry[name] for name in ("file", "function", "operator", "was", "now")}
        assert told == {name: getattr(mutant, name) for name in told}
        assert entry["reason"].strip() and isinstance(entry["equivalent"], bool)


def test_survivors__no_mutant__is_explained_twice() -> None:
    found = [entry["id"] for entry in entries()]
    assert len(set(found)) == len(found)
