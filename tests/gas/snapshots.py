"""Measurements that are held against committed JSON."""

import json
import os
from pathlib import Path

FOLDER = Path(__file__).parent


def check_snapshot(file: str, measured: object) -> None:
    """The measurement must be what the file says; UPDATE_SNAPSHOTS=1 writes the file first."""
    path = FOLDER / file
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(json.dumps(measured, indent=2) + "\n")
    assert measured == json.loads(path.read_text()), f"{file} is stale: look at the difference, then `make snapshots`"
