"""What a requester has bought: the published labels of a task, verified, with what became of each, and one by item.

with Table("labels.csv", LABELS) as table, Table("consensus.jsonl", CONSENSUS) as consensus:
    summary = export(facts, manifest, library, time, labels=table, consensus=consensus)

For bookkeeping, the movements of an account's money are rows of a table too: `ENTRIES`, `entry_cells`.

Parquet and Dawid-Skene need the extra `goldleaf-tools[audit]`.
"""

from .exporting import Method, Summary, Unread, export
from .rows import CONSENSUS, ENTRIES, LABELS, Basis, Consensus, Finding, Label, State, entry_cells
from .tables import FORMATS, Table

__all__ = [
    "CONSENSUS",
    "ENTRIES",
    "FORMATS",
    "LABELS",
    "Basis",
    "Consensus",
    "Finding",
    "Label",
    "Method",
    "State",
    "Summary",
    "Table",
    "Unread",
    "entry_cells",
    "export",
]
