"""Labels by the keyboard: what is asked by a label schema, which keys give what, and what is asked again."""

from typing import Any

import pytest
from click.testing import CliRunner

from goldleaf import Item, Manifest
from goldleaf_tools.cli.asking import Asker, Move

OBJECT = {
    "type": "object",
    "properties": {
        "finding": {"enum": ["benign", "malignant"]},
        "signs": {"type": "array", "items": {"enum": ["mass", "calcification", "other"]}},
        "size": {"type": "number", "minimum": 0},
        "note": {"type": "string"},
    },
    "required": ["finding"],
    "additionalProperties": False,
}
MANY = [f"class {number}" for number in range(12)]


def asked(schema: Any, typed: str) -> tuple[Any, str]:
    """What comes of what is typed, and what was shown."""
    manifest = Manifest("Look.", schema, [Item.of("https://a.example/1", b"1")], "CC0-1.0")
    said: list[str] = []
    with CliRunner().isolation(input=typed) as streams:
        found = Asker(manifest, said.append).ask()
        shown = streams[0].getvalue().decode()
    return found, "\n".join(said) + "\n" + shown


@pytest.mark.parametrize(
    ("schema", "typed", "label"),
    [
        ({"enum": ["good", "bad"]}, "2", "bad"),
        # What means nothing is passed over.
        ({"enum": ["good", "bad"]}, "\n3x01", "good"),
        ({"enum": [1, 2.5, None, True]}, "3", None),
        ({"enum": MANY}, "12\n", "class 11"),
        ({"enum": MANY}, "13\n0\n1 2\n1\n", "class 0"),
        ({"type": "string"}, "\n  \ngood news\n", "good news"),
        ({"type": "string"}, "3\n", "3"),
        ({"type": "number", "maximum": 9}, "good\n10\n2.50\n", 2.5),
        ({"type": ["string", "number"]}, "3\n", 3),
        ({"type": ["string", "number"]}, '"3"\n', "3"),
        ({"type": ["string", "number"]}, "three\n", "three"),
        ({"type": "boolean"}, "yes\ntrue\n", True),
        ({"type": "array", "items": {"enum": ["x", "y"]}}, "2,1 2\n", ["y", "x"]),
        ({"type": "object"}, '{"a": 1}\n', {"a": 1}),
        (True, "[1]\n", [1]),
        (
            OBJECT,
            "1\n1 3\n2.5\nround\n",
            {"finding": "benign", "signs": ["mass", "other"], "size": 2.5, "note": "round"},
        ),
        # What is not needed is left out.
        (OBJECT, "2\n\n\n\n", {"finding": "malignant"}),
        # What the schema refuses as a whole is asked once more.
        (OBJECT, "1\n\n-1\n\n2\n\n3\n\n", {"finding": "malignant", "size": 3}),
    ],
)
def test_ask__what_is_typed__is_a_label_of_the_schema(schema: Any, typed: str, label: Any) -> None:
    found, _ = asked(schema, typed)
    assert found == label and type(found) is type(label)


@pytest.mark.parametrize(
    ("schema", "typed", "move"),
    [
        ({"enum": ["good", "bad"]}, "b", Move.BACK),
        ({"enum": ["good", "bad"]}, "s", Move.SKIP),
        ({"enum": ["good", "bad"]}, "q", Move.QUIT),
        ({"type": "string"}, ":b\n", Move.BACK),
        ({"type": "string"}, ":s\n", Move.SKIP),
        ({"type": "string"}, " :q \n", Move.QUIT),
        (OBJECT, "1\n:q\n", Move.QUIT),
        # Nobody types any more.
        ({"enum": ["good", "bad"]}, "", Move.QUIT),
    ],
)
def test_ask__a_move__is_no_label(schema: Any, typed: str, move: Move) -> None:
    assert asked(schema, typed)[0] is move


def test_ask__what_is_no_label__says_why() -> None:
    _, shown = asked(OBJECT, "1\n\n-1\n\n2\n\n\n\n")
    assert "Not a label of this task: -1 is less than the minimum of 0" in shown
    _, shown = asked({"type": "number"}, "many\n1\n")
    assert "'many' is none of what can be given" in shown and "integer, number" in shown
    _, shown = asked({"type": "string"}, "x" * 3000 + "\ny\n")
    assert "Not a label of this task: " in shown
    _, shown = asked({"enum": ["good", "bad"]}, "1")
    assert "  1  good\n  2  bad\ngood\n" in shown and "label [1-2; b: back, s: skip, q: save and quit]: " in shown
