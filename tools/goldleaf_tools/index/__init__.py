"""What the events of a deployment amount to, in SQL: SQLite by default, PostgreSQL for a team.

index = Index("sqlite:///index.db", deployment)
index.catch_up(client)
for submission in index.open_windows():
    print(index.publication(submission).uri)
"""

from ._index import Index
from .entries import Effect, Entry, EntryKind
from .following import Progress
from .history import History, Sums
from .reading import Opening, Publication

__all__ = ["Effect", "Entry", "EntryKind", "History", "Index", "Opening", "Progress", "Publication", "Sums"]
