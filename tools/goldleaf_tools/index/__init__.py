"""What the events of a deployment amount to, in SQL: SQLite by default, PostgreSQL for a team.

index = Index("sqlite:///index.db", deployment)
index.catch_up(client)
for submission in index.open_windows():
    print(index.publication(submission).uri)
"""

from ._index import Index
from .following import Progress
from .reading import Opening, Publication

__all__ = ["Index", "Opening", "Progress", "Publication"]
