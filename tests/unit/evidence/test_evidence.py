"""Bundles of evidence: what is true is found true, what is forged is found out, what is no bundle is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from goldleaf import Item, LabelSet, Manifest
from goldleaf.canonical import from_canonical, to_canonical
from goldleaf_tools import evidence
from goldleaf_tools.cli.app import cli
from goldleaf_tools.errors import EvidenceError
from goldleaf_tools.evidence import Answer, Bundle, Exhibit, Gold, Sibling

ESCROW = "0x" + "11" * 20
PEOPLE = [f"0x{number:040d}" for number in range(1, 4)]
TONES = ["good", "bad", "neither"]
# The annotator's, and those of two siblings, of items 4 to 7.
SETS = [LabelSet(labels, 4) for labels in (["bad", "good", "odd", "bad"], ["good"] * 4, ["good", "bad", "bad", "bad"])]
GOLD = {1: "good", 4: "good", 9: "neither"}
HOSTILE = "\x1b[2J\x1b]0;owned\x07\nVerified here\n  holds: everything\u202e"


def bundle(**changes: Any) -> Bundle:
    """Items 4 and 6, the label of 6 outside the schema, gold for 4."""
    tree = evidence.gold_tree(GOLD, 10)
    manifest = Manifest(
        guidelines="Is it good?",
        label_schema={"enum": TONES},
        items=[Item.of(f"ipfs://{item}", b"%d" % item) for item in range(10)],
        licence="CC0-1.0",
        gold_root=tree.root,
    )
    own, *others = SETS
    exhibits = tuple(
        Exhibit(
            item=item,
            uri=manifest.items[item].uri,
            keccak256=manifest.items[item].keccak256,
            label=own.value(item),
            proof=tuple(own.proof(item)),
            claim=claim,
            answers=tuple(
                Answer(slot, found.value(item), tuple(found.proof(item)))
                for slot, found in zip((4, 7), others, strict=True)
            ),
            gold=Gold("good", tuple(tree.proof(4))) if item == 4 else None,
        )
        for item, claim in ((4, "it is good"), (6, "no such tone"))
    )
    made = Bundle(
        chain_id=1,
        escrow=ESCROW,
        task=3,
        slot=1,
        annotator=PEOPLE[0],
        batch=own.items,
        root=own.root,
        uri="ipfs://labels",
        terms=manifest.terms,
        manifest_uri="ipfs://manifest",
        manifest=manifest.to_bytes(),
        claim="both are wrong",
        siblings=tuple(
            Sibling(slot, person, found.root, "ipfs://other")
            for slot, person, found in zip((4, 7), PEOPLE[1:], others, strict=True)
        ),
        exhibits=exhibits,
    )
    return replace(made, **changes)


def exhibit(number: int = 0, *, batch: range = SETS[0].items, **changes: Any) -> Bundle:
    """The bundle with one of its exhibits changed."""
    exhibits = list(bundle().exhibits)
    exhibits[number] = replace(exhibits[number], **changes)
    return bundle(batch=batch, exhibits=tuple(exhibits))


def test_from_bytes__what_to_bytes_wrote__is_the_same() -> None:
    made = bundle()
    assert Bundle.from_bytes(made.to_bytes()) == made
    assert made.digest == Bundle.from_bytes(made.to_bytes()).digest


def test_check__a_true_bundle__holds_and_says_what_follows() -> None:
    report = evidence.check(bundle().to_bytes())
    assert report.holds and all(each.holds for each in report.proofs)
    assert report.facts == (
        "Item 4: the label fits the label schema.",
        'Item 4: of 2 siblings whose labels are proven, 0 agree with "bad" (2 say "good").',
        "Item 4: the label differs from the gold answer.",
        "Item 6: the label is outside the label schema: 'odd' is not one of ['good', 'bad', 'neither'] at $.",
        'Item 6: of 2 siblings whose labels are proven, 0 agree with "odd" (1 say "good", 1 say "bad").',
    )
    assert report.claims == ("both are wrong", "Item 4: it is good", "Item 6: no such tone")
    expected = [each.expected for each in report.to_confirm]
    assert f"0x{SETS[0].root.hex()}, of {PEOPLE[0]}" in expected
    assert f"0x{SETS[2].root.hex()}, of {PEOPLE[2]}" in expected
    assert f"0x{report.digest.hex()}" in expected


def forged_answer() -> Bundle:
    first = bundle().exhibits[0].answers[0]
    return exhibit(answers=(replace(first, label="bad"), bundle().exhibits[0].answers[1]))


FORGED = {
    "another label": (exhibit(label="good"), "Item 4 was labelled"),
    "another item": (exhibit(item=5), "Item 5"),
    "another root": (bundle(root=bytes(32)), "Item 4 was labelled"),
    "a shortened proof": (exhibit(proof=bundle().exhibits[0].proof[:-1]), "Item 4 was labelled"),
    "another content": (exhibit(keccak256=bytes(32)), "is the one of the manifest"),
    "another address": (exhibit(uri="ipfs://x"), "is the one of the manifest"),
    "an item that the task lacks": (
        exhibit(1, item=11, batch=range(4, 12)),
        "Item 11 is the one of the manifest",
    ),
    "a batch that begins elsewhere": (bundle(batch=range(3, 7)), "Item 4 was labelled"),
    "a larger batch": (bundle(batch=range(4, 9)), "Item 4 was labelled"),
    "another manifest": (bundle(terms=bytes(32)), "The manifest is the one"),
    "a manifest that is none": (bundle(manifest=b"[" * 50), "The manifest is the one"),
    "a sibling's label": (forged_answer(), "the sibling in slot 4"),
    "a gold answer": (exhibit(gold=Gold("neither", bundle().exhibits[0].gold.proof)), "the gold answer"),  # type: ignore[union-attr]
    "a gold answer of another item": (exhibit(1, gold=bundle().exhibits[0].gold), "Item 6: the gold answer"),
}


@pytest.mark.parametrize("name", FORGED)
def test_check__a_forgery__is_found_out(name: str) -> None:
    forged, text = FORGED[name]
    report = evidence.check(forged.to_bytes())
    assert not report.holds
    assert any(text in each.text for each in report.proofs if each.holds is False)


def test_check__a_sibling_whose_proof_fails__is_not_counted() -> None:
    report = evidence.check(forged_answer().to_bytes())
    assert 'Item 4: of 1 siblings whose labels are proven, 0 agree with "bad" (1 say "good").' in report.facts


def test_check__without_the_manifest__says_what_was_not_looked_at() -> None:
    report = evidence.check(bundle(manifest=None).to_bytes())
    assert report.holds
    assert next(each.text for each in report.proofs if each.holds is None).startswith("The manifest is too large")
    assert not any("schema" in fact for fact in report.facts)


def changed(path: list[Any], value: Any) -> bytes:
    """The file with one value in it replaced."""
    content = from_canonical(bundle().to_bytes())
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return to_canonical(content)


DEEP: Any = []
for _ in range(90):
    DEEP = [DEEP]
HASH = "0x" + "00" * 32


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b" " * (evidence.MAX_BYTES + 1),
        b'{"format":"goldleaf-evidence-1"}',
        bundle().to_bytes() + b"\n",
        bundle().to_bytes().replace(b'"chain_id":1', b'"chain_id":1.0'),
        changed(["format"], "goldleaf-evidence-2"),
        changed(["surplus"], 1),
        changed(["chain_id"], True),
        changed(["chain_id"], -1),
        changed(["task"], "3"),
        changed(["escrow"], "0x1"),
        changed(["escrow"], HOSTILE),
        changed(["claim"], "x" * 4001),
        changed(["claim"], None),
        changed(["submission"], []),
        changed(["submission", "root"], "0x" + "zz" * 32),
        changed(["submission", "root"], 7),
        changed(["submission", "slot"], 4),
        changed(["submission", "first_item"], -1),
        changed(["submission", "first_item"], 5),
        changed(["submission", "labels"], 0),
        changed(["submission", "labels"], 2),
        changed(["submission", "labels"], 4097),
        changed(["manifest", "text"], 5),
        changed(["siblings"], {}),
        changed(["siblings", 1, "slot"], 4),
        changed(["siblings"], [{"slot": n, "annotator": ESCROW, "root": HASH, "uri": ""} for n in range(2, 20)]),
        changed(["items"], []),
        changed(["items"], [1]),
        changed(["items", 1, "item"], 4),
        changed(["items", 0, "item"], 2**32),
        changed(["items", 0, "proof"], [HASH] * 13),
        changed(["items", 0, "proof"], [[]]),
        changed(["items", 0, "label"], "x" * 2048),
        changed(["items", 0, "gold"], "good"),
        changed(["items", 0, "siblings", 1, "slot"], 4),
        changed(["items", 0, "siblings", 1, "slot"], 9),
        changed(["items", 0, "siblings", 1], {"slot": 7}),
        changed(["items", 0, "siblings", 1, "surplus"], DEEP),
    ],
)
def test_check__what_is_no_bundle__is_refused_with_a_sentence(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        evidence.check(data)
    assert len(str(caught.value)) < 1000
    file = tmp_path / "bundle"
    file.write_bytes(data)
    result = CliRunner(mix_stderr=False).invoke(cli, ["evidence", "check", str(file), "--offline"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ") and "\x1b" not in result.stderr


def test_to_bytes__too_large__is_refused() -> None:
    with pytest.raises(EvidenceError, match="at most 1048576 bytes"):
        bundle(manifest=b"x" * evidence.MAX_BYTES).to_bytes()


def run(*arguments: object) -> Any:
    return CliRunner(mix_stderr=False).invoke(cli, ["evidence", "check", *map(str, arguments), "--offline"])


def test_command__hostile_text__shows_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(exhibit(claim=HOSTILE, label=HOSTILE).to_bytes())
    result = run(file)
    assert result.exit_code == 1
    assert "SOMETHING IS FALSE" in result.stdout
    assert "\x1b" not in result.stdout and "\u202e" not in result.stdout
    assert result.stdout.count("\nVerified here\n") == 1


def test_command__offline__needs_nothing_but_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(bundle().to_bytes())
    result = run(file, "--hash", bundle().digest.hex())
    assert result.exit_code == 0, result.stderr
    assert "Nothing is false." in result.stdout and "Only a chain can confirm" in result.stdout
    assert run(file, "--hash", "00" * 32).exit_code == 1


def test_command__wrong_usage__is_told(tmp_path: Path) -> None:
    assert run().exit_code == 2
    assert run(tmp_path / "missing").exit_code == 2
    assert run(tmp_path / "missing", "--challenge", "1/0/0").exit_code == 2
    claims = ["evidence", "build", "--submission", "1/0", "--items", "1", "--claim-of", "no number"]
    assert CliRunner(mix_stderr=False).invoke(cli, claims).exit_code == 2
