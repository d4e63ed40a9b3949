"""Reading at strangers' addresses, of which some never answer: so that these take few threads, and not all."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from goldleaf import LabelSet
from goldleaf.errors import StoreError
from goldleaf.stores import Reader, Store

# Readings under way at once, and of them those of one file: pages ask for a new one several times.
MOST_AT_ONCE = 30
MOST_OF_ONE = 4
# Seconds that one may take.
TIMEOUT = 30
# From so long on it was slow, and for so long what was slow and failed is not tried again; seconds.
SLOW = 2
PAUSE = 60
# Failures that are remembered.
MOST_REMEMBERED = 10_000


class PatientReader(Reader):
    """A reader of which threads share one, and whose strangers may be as slow as they like.

    Raises `StoreError` also where too much is read at the moment, and for a while where reading was slow and in vain.
    What lies in the server's own store is always read.
    """

    def __init__(self, store: Store, *, gateway: Sequence[str] | None, hosts: Sequence[str]) -> None:
        super().__init__(store, gateway=gateway, hosts=hosts, timeout=TIMEOUT)
        self._own = store
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._failed: dict[str, float] = {}

    def get(self, uri: str, keccak256: bytes | None = None) -> bytes:
        with self._counted(uri):
            return super().get(uri, keccak256)

    def labels(self, uri: str, root: bytes, items: range) -> LabelSet:
        with self._counted(uri):
            return super().labels(uri, root, items)

    @contextmanager
    def _counted(self, uri: str) -> Iterator[None]:
        if self._own.holds(uri):
            yield
            return
        began = time.monotonic()
        with self._lock:
            if self._failed.get(uri, began) > began:
                raise StoreError(f"{uri} could not be read a moment ago: try again in a minute")
            if self._under_way[uri] >= MOST_OF_ONE or self._under_way.total() >= MOST_AT_ONCE:
                raise StoreError(f"{uri} is not read now, for many files are: try again in a moment")
            self._under_way[uri] += 1
        try:
            yield
        except StoreError:
            ended = time.monotonic()
            if ended - began > SLOW:
                with self._lock:
                    if len(self._failed) >= MOST_REMEMBERED:
                        self._failed.clear()
                    self._failed[uri] = ended + PAUSE
            raise
        finally:
            with self._lock:
                self._under_way[uri] -= 1
                self._under_way += Counter()  # without what is at zero
