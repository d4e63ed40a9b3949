"""Has the index follow the chain, and notes what new tasks are about, in a thread of its own."""

import logging
import threading

from goldleaf import Goldleaf
from goldleaf.errors import GoldleafError
from goldleaf_tools.errors import IndexBusy
from goldleaf_tools.index import Index

from . import hidden_evidence
from .database import Database
from .files import Files, title_of
from .settings import Settings

log = logging.getLogger(__name__)
# Seconds between two looks at the chain, and how long to wait after a failure.
POLL = 0.5
PAUSE = 2
# How long the index waits for the titles of new tasks, seconds: where those lie may be as slow as a stranger likes.
TITLE_PATIENCE = 1


class Follower:
    """A thread that keeps the index up to date until it is closed."""

    def __init__(self, settings: Settings, index: Index, database: Database, files: Files) -> None:
        self._settings = settings
        self._index = index
        self._database = database
        self._files = files
        self._ends = threading.Event()
        self._has_come = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._titles: threading.Thread | None = None

    def start(self, patience: float) -> None:
        """Starts the thread, and waits until it has come to the head of the chain, at most so many seconds."""
        self._thread.start()
        self._has_come.wait(patience)

    def close(self) -> None:
        """Ends the thread, and waits for it."""
        self._ends.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                with Goldleaf(self._settings.rpc, self._settings.deployment) as client:
                    while not self._ends.wait(POLL):
                        self._index.catch_up(client, stop=self._ends.is_set)
                        self._note_titles()
                        hidden_evidence.show_filed(self._database, self._index, self._files)
                        self._has_come.set()
            except IndexBusy:
                # Another process follows: it does the same.
                self._ends.wait(PAUSE)
            except GoldleafError as error:
                log.warning("the index waits: %s", error)
                self._ends.wait(PAUSE)
            except Exception:
                # A database that is busy, or a fault of ours: whoever relies on the index must not be left without it.
                log.exception("the index waits")
                self._ends.wait(PAUSE)

    def _note_titles(self) -> None:
        """Notes titles aside: no stranger's file holds the index up."""
        if self._titles is None or not self._titles.is_alive():
            tasks = self._index.tasks()
            known = self._database.titles(tasks)
            missing = [task for task in tasks if task not in known]
            if not missing:
                return
            self._titles = threading.Thread(target=self._read_titles, args=(missing,), name="titles", daemon=True)
            self._titles.start()
        self._titles.join(TITLE_PATIENCE)

    def _read_titles(self, tasks: list[int]) -> None:
        for task in tasks:
            if self._ends.is_set():
                return
            try:
                title = title_of(self._files.manifest(task))
            except Exception as error:
                # A stranger's file that cannot be read, for whatever reason; its task is listed all the same.
                log.info("task %s has no title: %s", task, error)
                title = ""
            self._database.keep_title(task, title)
