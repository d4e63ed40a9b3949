"""Labels and gold from the files that people have: JSON Lines, CSV, and the JSON export of Label Studio.

Whatever holds labels is read by `read`, which gives rows; a row becomes an entry once the label schema is known, for
cells of CSV have no types of their own. Only what is chosen by name gets into a label, so that the names and e-mail
addresses beside it stay where they are. Whatever is wrong with a file is a `LabelError` that names the file and line.
"""

from ._fields import MAX_ITEM, Fields
from ._files import File, Source
from ._reading import FORMATS, Reading, collect, hold, read, table, warn_if_personal
from ._rows import Entry, Row, SchemaSource
from ._tables import table_lines

__all__ = [
    "FORMATS",
    "MAX_ITEM",
    "Entry",
    "Fields",
    "File",
    "Reading",
    "Row",
    "SchemaSource",
    "Source",
    "collect",
    "hold",
    "read",
    "table",
    "table_lines",
    "warn_if_personal",
]
