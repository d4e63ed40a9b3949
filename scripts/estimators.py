"""Measures the estimators of truth on the real sets and writes `docs/estimators.json`: `ape run estimators`."""

import json

from scripts._estimators import SETS, TABLE, table_of


def main() -> None:
    """Measures all sets; takes about two minutes."""
    table = {name: table_of(name) for name in SETS}
    TABLE.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
