"""Label sets of one's own, on their way into a store."""

from types import SimpleNamespace
from typing import Any, NoReturn

from goldleaf import LabelSet, errors
from goldleaf.stores import Store
from goldleaf_tools.cli.labelling import OwnLabels


def test_put_up__gateways_that_fail_just_then__labels_lie_in_the_store(tmp_path: Any) -> None:
    class Failing:
        def labels(self, *_: object) -> NoReturn:
            raise errors.StoreUnreachable("no gateway answers")

    store, labels = Store(str(tmp_path / "store")), LabelSet(["a", "b"])
    session: Any = SimpleNamespace(store=store, library=Failing(), settings=SimpleNamespace(home=tmp_path))
    uri = store.uri(labels.to_bytes())
    OwnLabels(session).put_up(labels, uri)
    assert store.get(uri) == labels.to_bytes()
