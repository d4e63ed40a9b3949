"""Manifests out of what requesters have: a folder of files, or a table; and what annotators label them with.

found = from_folder("photos")
manifest = make(found, store, guidelines="...", label_schema={"enum": ["cat", "dog"]}, licence="CC-BY-4.0")
"""

from .content import Kind, extension_of, kind_of
from .gathering import MOST_ITEMS, Found, from_folder, from_table, without_repeats
from .glancing import file_name, glance, look_at
from .label_studio import config, fields, tasks
from .making import MOST_GUIDELINES, guidelines_of, make, put_items

__all__ = [
    "MOST_GUIDELINES",
    "MOST_ITEMS",
    "Found",
    "Kind",
    "config",
    "extension_of",
    "fields",
    "file_name",
    "from_folder",
    "from_table",
    "glance",
    "guidelines_of",
    "kind_of",
    "look_at",
    "make",
    "put_items",
    "tasks",
    "without_repeats",
]
