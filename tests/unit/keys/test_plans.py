"""Plans of tests on a disk: opened by the requester's account alone, and never there in plain."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from goldleaf import Deployment, GoldTerms, testing
from goldleaf.canonical import to_canonical
from goldleaf_tools.errors import ForeignPlan, KeyfileError, LoosePermissions, NoSuchPlan, PlanDamaged, WrongPassword
from goldleaf_tools.keys import Keyring, Keystore, PlanFile, read_plan, write_plan

DEPLOYMENT = Deployment(31337, 0, {"GoldTest": "0x" + "11" * 20})
ALICE, BOB = (Account.from_key(bytes([number]) * 32) for number in (1, 2))
KEYRING = Keyring(DEPLOYMENT, ALICE)
MANIFEST = b"\x05" * 32
# Long enough not to be found by chance.
CLASSES = ["certainly benign", "certainly malignant"]
PLAN = testing.arrange(
    {number: CLASSES[number % 2] for number in range(30)},
    items=40,
    batch_size=20,
    terms=GoldTerms(CLASSES, (5, 5), 4),
    share=1,
    seed=1,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    write_plan(path, PLAN, MANIFEST, KEYRING)
    return path


def test_plan__written__is_read_again(path: Path) -> None:
    assert read_plan(path, MANIFEST, KEYRING) == PLAN
    assert read_plan(str(path), MANIFEST, Keyring(DEPLOYMENT, Account.from_key(b"\x01" * 32))) == PLAN
    found = PlanFile.read(path)
    assert (found.account, found.manifest, found.batch_size) == (ALICE.address, MANIFEST, 20)


def test_plan__on_the_disk__is_private_and_tells_no_answer(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    content = path.read_bytes()
    for word in ("certainly", "benign", "malignant", "known", "order", "tested"):
        assert word.encode() not in content and word.encode().hex().encode() not in content
    # A file that is written again tells not even whether it is the same plan.
    write_plan(path, PLAN, MANIFEST, KEYRING)
    before, after = json.loads(content), json.loads(path.read_bytes())
    assert {name for name in before if before[name] != after[name]} == {"nonce", "sealed"}


def test_write__is_interrupted__the_file_of_before_stands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_plan(path, PLAN, MANIFEST, KEYRING)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def test_read__another_task_account_or_deployment__refused(path: Path) -> None:
    with pytest.raises(ForeignPlan, match="is for the manifest 0x0505.*, the task's is 0x0606"):
        read_plan(path, b"\x06" * 32, KEYRING)
    with pytest.raises(ForeignPlan, match=f"encrypted by {ALICE.address}, and this is {BOB.address}"):
        read_plan(path, MANIFEST, Keyring(DEPLOYMENT, BOB))
    for changes in ({"chain_id": 1}, {"contracts": {"GoldTest": "0x" + "22" * 20}}):
        with pytest.raises(ForeignPlan, match="on chain 31337"):
            read_plan(path, MANIFEST, Keyring(replace(DEPLOYMENT, **changes), ALICE))


def test_read__other_salts_than_those_it_was_encrypted_with__refused(path: Path) -> None:
    vault = Keyring(DEPLOYMENT, ALICE.address, vault=BOB)
    with pytest.raises(PlanDamaged):
        read_plan(path, MANIFEST, vault)
    write_plan(path, PLAN, MANIFEST, vault)
    assert read_plan(path, MANIFEST, vault) == PLAN


def test_read__wrong_password__says_so(path: Path, tmp_path: Path) -> None:
    keystore = Keystore(tmp_path / "keys", work_factor=2)
    keystore.add("alice", b"\x01" * 32, "correct horse")
    with pytest.raises(WrongPassword):
        keystore.load("alice", "wrong horse")
    assert read_plan(path, MANIFEST, Keyring(DEPLOYMENT, keystore.load("alice", "correct horse"))) == PLAN


@pytest.mark.parametrize("name", ["batch_size", "chain_id", "contract", "nonce", "sealed", "account", "manifest"])
def test_read__any_part_changed__refused(path: Path, name: str) -> None:
    content: dict[str, Any] = json.loads(path.read_bytes())
    value = content[name]
    content[name] = value + 1 if isinstance(value, int) else value[:-1] + ("0" if value[-1] != "0" else "1")
    path.write_bytes(to_canonical(content))
    with pytest.raises((PlanDamaged, ForeignPlan)):
        read_plan(path, MANIFEST, KEYRING)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"no JSON", b'{"format":"goldleaf-gold-1"}', PLAN.to_bytes()],
)
def test_read__no_plan__refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(PlanDamaged, match="is no encrypted plan"):
        read_plan(path, MANIFEST, KEYRING)


@pytest.mark.parametrize("length", [1, 200, -1])
def test_read__cut_short__refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(PlanDamaged):
        read_plan(path, MANIFEST, KEYRING)


def test_read__sealed_part_missing_or_another_version__refused(path: Path) -> None:
    content: dict[str, Any] = json.loads(path.read_bytes())
    for changes in ({"sealed": "0x"}, {"format": "goldleaf-plan-2"}, {"nonce": "0x12"}):
        path.write_bytes(to_canonical({**content, **changes}))
        with pytest.raises(PlanDamaged):
            read_plan(path, MANIFEST, KEYRING)


def test_read__nothing_there__says_so(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPlan, match="plan.json"):
        read_plan(tmp_path / "plan.json", MANIFEST, KEYRING)


def test_read__others_may_read_it__refused(path: Path, tmp_path: Path) -> None:
    path.chmod(0o644)
    with pytest.raises(LoosePermissions, match="chmod 600"):
        read_plan(path, MANIFEST, KEYRING)
    with pytest.raises(KeyfileError):
        read_plan(tmp_path, MANIFEST, KEYRING)


def test_plan_key__known_account__never_changes() -> None:
    # Whoever encrypted with one version opens with the next.
    expected = "1ac664ef11627992a3b7eaa4e5cda70ae06217e47ad16e13dfaf166a6f653f6e"
    assert bytes(KEYRING.plan_key(b"\x07" * 32)).hex() == expected
