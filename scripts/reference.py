"""Writes the reference of functions, events and structs from the contracts' NatSpec: `make reference`."""

import re
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any

from scripts._compiling import CONTRACTS, describe

TARGET = Path(__file__).parent.parent / "docs" / "spec" / "reference.md"
NOT_DEPLOYED = {"interfaces", "mocks", "modules"}
# Getters that come from elsewhere and say nothing of themselves.
STANDARD = {"eip712Domain": "The domain that signatures are for (ERC-5267)."}
HEAD = """# Reference

Every function and event of every contract that is deployed, and the structs and flags that they speak of. It is made
from the sources by `make reference`: what is wrong here is to be mended there. In the ABI the members of a flag are
bits. How ids are made is in the [overview](overview.md#ids).
"""

Entry = dict[str, Any]

BLOCK = re.compile(
    r"(?P<above>(?:^# .*\n)*)^(?P<kind>event|struct|flag) (?P<name>\w+):\n(?P<body>(?: +.*\n)+)", re.MULTILINE
)
MEMBER = re.compile(r"^    (?P<name>\w+)(?:: (?P<type>[^#\n]+?))?(?:  # (?P<comment>.*))?$", re.MULTILINE)


@dataclass
class Definition:
    """An event, a struct or a flag, with the comments in its source."""

    source: str  # the interface
    kind: str
    name: str
    comment: str
    members: list[tuple[str, str, str]] = field(default_factory=list)  # name, type, comment


def deployables() -> list[str]:
    """The contracts that are deployed, by their paths below `contracts/`."""
    paths = (path.relative_to(CONTRACTS) for path in CONTRACTS.rglob("*.vy"))
    return sorted((str(path) for path in paths if path.parts[0] not in NOT_DEPLOYED), key=lambda path: Path(path).stem)


def definitions() -> list[Definition]:
    """Whatever the interfaces define, in the order of their names and then of their sources."""
    return [
        Definition(
            source=path.stem,
            kind=block["kind"],
            name=block["name"],
            comment=plain(block["above"]),
            members=[(m["name"], m["type"] or "", m["comment"] or "") for m in MEMBER.finditer(block["body"])],
        )
        for path in sorted((CONTRACTS / "interfaces").glob("*.vyi"))
        for block in BLOCK.finditer(path.read_text(encoding="utf-8"))
    ]


def render() -> str:
    known = definitions()
    parts = [HEAD]
    parts += [contract(source, known) for source in deployables()]
    parts.append("## Structs and flags\n")
    for source, group in groupby((one for one in known if one.kind != "event"), key=lambda one: one.source):
        parts.append(f"### {source}\n\n" + "\n\n".join(table(one) for one in group) + "\n")
    return "\n".join(parts)


def contract(source: str, known: list[Definition]) -> str:
    """The chapter of one contract."""
    outputs = describe(source)
    abi: list[Entry] = outputs["abi"]
    functions = [entry for entry in abi if entry["type"] == "function"]
    views = [entry for entry in functions if entry["stateMutability"] in ("view", "pure")]
    writes = [entry for entry in functions if entry not in views]
    lines = [f"## {Path(source).stem}", "", outputs["userdoc"]["notice"]]
    constructor = [entry for entry in abi if entry["type"] == "constructor" and entry["inputs"]]
    if constructor:
        lines += ["", "Deployed with:", "", f"- **`{Path(source).stem}({arguments(constructor[0], known)})`**"]
        lines += [f"  - `{one}`: {text}" for one, text in constructor_comments(source).items()]
    if writes:
        lines += ["", "Functions:", ""] + [line for one in writes for line in function(source, one, known)]
    if views:
        lines += ["", "Views:", ""] + [line for one in views for line in function(source, one, known)]
    events = sorted((entry for entry in abi if entry["type"] == "event"), key=lambda entry: str(entry["name"]))
    if events:
        lines += ["", "Events:", ""] + [line for one in events for line in event(one, known)]
    return "\n".join(lines) + "\n"


def function(source: str, entry: Entry, known: list[Definition]) -> list[str]:
    """The lines about one function: its signature, what it does, its parameters and what it returns."""
    outputs, name = describe(source), str(entry["name"])
    key = f"{name}({','.join(flat(one) for one in entry['inputs'])})"
    notice = outputs["userdoc"].get("methods", {}).get(key, {}).get("notice") or STANDARD.get(name)
    details = outputs["devdoc"].get("methods", {}).get(key, {})
    returned = ", ".join(type_name(one, known) for one in entry["outputs"])
    signature = f"{name}({arguments(entry, known)})" + (f" -> {returned}" if returned else "")
    lines = [f"- **`{signature}`** {notice or getter_comment(source, name)}".rstrip()]
    lines += [f"  - `{one}`: {text}" for one, text in details.get("params", {}).items()]
    lines += [f"  - returns: {text}" for text in details.get("returns", {}).values()]
    return lines


def event(entry: Entry, known: list[Definition]) -> list[str]:
    """The lines about one event: its signature, and the comments of its source."""
    fields = [str(one["name"]) for one in entry["inputs"]]
    found = [
        one
        for one in known
        if (one.kind, one.name) == ("event", entry["name"]) and [name for name, _, _ in one.members] == fields
    ]
    lines = [f"- **`{entry['name']}({arguments(entry, known)})`** {found[0].comment if found else ''}".rstrip()]
    return lines + [f"  - `{name}`: {text}" for one in found[:1] for name, _, text in one.members if text]


def table(one: Definition) -> str:
    """A struct or a flag."""
    lines = [f"**`{one.name}`** {one.comment}".rstrip(), ""]
    if one.kind == "flag":
        lines += ["| member | bit | meaning |", "|---|---|---|"]
        lines += [f"| `{name}` | {1 << i} | {cell(text)} |" for i, (name, _, text) in enumerate(one.members)]
    else:
        lines += ["| field | type | meaning |", "|---|---|---|"]
        lines += [f"| `{name}` | `{kind}` | {cell(text)} |" for name, kind, text in one.members]
    return "\n".join(lines)


def arguments(entry: Entry, known: list[Definition]) -> str:
    return ", ".join(
        " ".join(filter(None, (type_name(one, known), "indexed" if one.get("indexed") else "", one["name"])))
        for one in entry["inputs"]
    )


def type_name(one: Entry, known: list[Definition]) -> str:
    """The ABI's type, a struct by its name."""
    kind = str(one["type"])
    if not kind.startswith("tuple"):
        return kind
    fields = [component["name"] for component in one["components"]]
    names = [d.name for d in known if d.kind == "struct" and [name for name, _, _ in d.members] == fields]
    return kind.replace("tuple", names[0] if names else f"({', '.join(fields)})")


def flat(one: Entry) -> str:
    """The type as a signature has it."""
    if not str(one["type"]).startswith("tuple"):
        return str(one["type"])
    return f"({','.join(flat(component) for component in one['components'])})" + str(one["type"])[len("tuple") :]


def getter_comment(source: str, name: str) -> str:
    """The comment above a public variable, or above the group of variables that it stands in."""
    lines = (CONTRACTS / source).read_text(encoding="utf-8").splitlines()
    at = next((i for i, line in enumerate(lines) if line.startswith(f"{name}: public(")), None)
    if at is None:
        return ""
    group = list(takewhile(bool, reversed(lines[:at])))
    below = list(takewhile(lambda line: not line.startswith("#"), group))
    comment = list(takewhile(lambda line: line.startswith("#"), group[len(below) :]))
    text = plain("\n".join(reversed(comment)))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def constructor_comments(source: str) -> dict[str, str]:
    """The parameters that a constructor's docstring explains: the compiler leaves them out of its own."""
    text = (CONTRACTS / source).read_text(encoding="utf-8").split("def __init__(")[1].split('"""')
    # A docstring right after the arguments is the constructor's.
    params = text[1].split("@param ")[1:] if text[0].rstrip().endswith("):") else []
    return {name: " ".join(words) for name, *words in (param.split() for param in params)}


def plain(comment: str) -> str:
    return " ".join(line.removeprefix("#").strip() for line in comment.splitlines())


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    TARGET.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
