"""Labels by the keyboard: one question for each value that a label schema asks for."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import click

from goldleaf.canonical import Json, json_type, parse, to_canonical
from goldleaf.errors import GoldleafError, NotCanonical
from goldleaf.labels import Manifest, encode_label

from .streams import is_terminal

try:
    import termios
    import tty
except ImportError:  # Windows has other terminals
    termios = None  # type: ignore[assignment]

# Choices that a single key gives.
KEYS = "123456789"


class Move(Enum):
    """What is wanted instead of a label."""

    BACK = "b"
    SKIP = "s"
    QUIT = "q"


MOVES = "b: back, s: skip, q: save and quit"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for one value."""

    # The key of the label that it is of; None: it is the label.
    key: str | None
    choices: Sequence[Json]
    # Several of the choices, as a list.
    are_many: bool
    # Types of JSON that are taken, where there are no choices.
    types: frozenset[str]
    required: bool


def questions(manifest: Manifest) -> list[Question]:
    """What is asked for a label of a task, in the order of its schema. Raises `MissingExtra`, `ManifestError`."""
    schema = manifest.label_schema if isinstance(manifest.label_schema, dict) else {}
    properties = schema.get("properties")
    if schema.get("type") != "object" or not isinstance(properties, dict) or not properties:
        return [_question(None, schema, manifest.schema.types(), required=True)]
    required = schema.get("required", [])
    return [
        _question(key, part if isinstance(part, dict) else {}, manifest.schema.types(key), required=key in required)
        for key, part in properties.items()
    ]


class Asker:
    """Asks for labels at a terminal, until they are what the schema allows."""

    def __init__(self, manifest: Manifest, say: Callable[[str], None]) -> None:
        """`say` prints a line. Raises as `questions` does."""
        self._schema = manifest.schema
        self._questions = questions(manifest)
        self._say = say

    def ask(self) -> Json | Move:
        """A label, or what is wanted instead."""
        while True:
            values: dict[str | None, Json] = {}
            for question in self._questions:
                found = self._answer(question)
                if isinstance(found, Move):
                    return found
                if found is not _NOTHING:
                    values[question.key] = found
            label: Json = values.get(None, values)
            refusal = self._refusal(label)
            if refusal is None:
                return label
            self._say(f"Not a label of this task: {refusal}")

    def _refusal(self, label: Json) -> str | None:
        try:
            encode_label(label)
        except GoldleafError as error:
            return error.detail
        return self._schema.refusal(label)

    def _answer(self, question: Question) -> Any:
        name = "label" if question.key is None else question.key
        for number, choice in enumerate(question.choices, 1):
            self._say(f"  {number}  {_show(choice)}")
        # Where lines are typed besides, a key would make people press Enter once too often, which is an answer, too.
        is_key = len(self._questions) == 1 and not question.are_many and 0 < len(question.choices) <= len(KEYS)
        if is_key:
            return self._key(name, question)
        while True:
            typed = self._line(_prompt(name, question))
            if isinstance(typed, Move):
                return typed
            if not typed.strip() and not question.required:
                return _NOTHING
            found = _read(typed, question) if typed.strip() else _NOTHING
            if found is not _NOTHING:
                return found
            self._say(f"{typed!r} is none of what can be given")

    def _key(self, name: str, question: Question) -> Any:
        click.echo(f"{name} [1-{len(question.choices)}; {MOVES}]: ", nl=False)
        while True:
            found = _key_of(_read_key(), question)
            if found is not _NOTHING:
                self._say("" if isinstance(found, Move) else _show(found))
                return found

    @staticmethod
    def _line(prompt: str) -> str | Move:
        try:
            typed = click.prompt(prompt, default="", show_default=False)
        except click.Abort as error:
            # Of Ctrl-D; Ctrl-C ends the command.
            if isinstance(error.__cause__ or error.__context__, EOFError):
                return Move.QUIT
            raise
        moves = {f":{move.value}": move for move in Move}
        return moves.get(typed.strip(), str(typed))


class _Sentinel:
    pass


# No value is given, or none that could be.
_NOTHING = _Sentinel()


def _question(key: str | None, part: Mapping[str, Any], types: frozenset[str], *, required: bool) -> Question:
    listed, inner = part.get("enum"), part.get("items")
    if isinstance(listed, list) and listed:
        return Question(key, listed, False, types, required)
    if part.get("type") == "array" and isinstance(inner, dict) and isinstance(inner.get("enum"), list):
        return Question(key, inner["enum"], True, types, required)
    return Question(key, (), False, types, required)


def _read_key() -> str:
    """The next key; that of `Move.QUIT` at the end of what is typed, as of a terminal that was closed."""
    if not is_terminal(sys.stdin) or termios is None:
        return click.getchar() or Move.QUIT.value
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        # At once, unlike `click.getchar`: what was typed before the question is not lost.
        tty.setcbreak(terminal, termios.TCSANOW)
        key = os.read(terminal, 1).decode("ascii", "replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
    return Move.QUIT.value if key in ("", "\x04") else key


def _key_of(key: str, question: Question) -> Any:
    if key in {move.value for move in Move}:
        return Move(key)
    place = KEYS.find(key) if len(key) == 1 else -1
    return question.choices[place] if 0 <= place < len(question.choices) else _NOTHING


def _prompt(name: str, question: Question) -> str:
    moves = MOVES.replace("b:", ":b").replace("s:", ":s").replace("q:", ":q")
    if question.choices:
        what = "numbers, such as 1 3" if question.are_many else f"1-{len(question.choices)}"
    else:
        what = "text" if question.types == {"string"} else ", ".join(sorted(question.types))
    return f"{name} [{what}{'' if question.required else ', Enter: none'}; {moves}]"


def _read(typed: str, question: Question) -> Any:
    if question.choices:
        words = typed.replace(",", " ").split()
        places = [int(word) - 1 if word.isdecimal() and len(word) < 6 else -1 for word in words]
        if not all(0 <= place < len(question.choices) for place in places):
            return _NOTHING
        found = [question.choices[place] for place in dict.fromkeys(places)]
        return found if question.are_many else found[0] if len(found) == 1 else _NOTHING
    if question.types != {"string"}:
        try:
            value, _ = parse(typed.strip().encode())
            if json_type(value) in question.types:
                return value
        except NotCanonical:
            pass
    return typed if "string" in question.types else _NOTHING


def _show(choice: Json) -> str:
    return choice if isinstance(choice, str) else to_canonical(choice).decode()
