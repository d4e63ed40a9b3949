"""`gate verify` without a node."""

from dataclasses import replace
from pathlib import Path

from goldleaf import Credential
from goldleaf_tools.cli import failures
from tests.credentials import DOMAIN, Board
from tests.shell import Shell

HOLDER = "0x" + "ab" * 20


def test_gate_verify__without_a_node__against_an_issuer(shell: Shell, tmp_path: Path) -> None:
    board = Board()
    signed = Credential(1, HOLDER, DOMAIN, HOLDER, 2**33, 1).sign(board.key)
    file = tmp_path / "credential.json"
    file.write_bytes(signed.to_bytes())
    assert shell.json("gate", "verify", file, "--issuer", board.issuer)["credential"]["domain"] == DOMAIN
    told = shell.json("gate", "verify", file, "--issuer", HOLDER, code=failures.REFUSED)
    assert told["type"] == "CredentialNotSigned"
    file.write_bytes(replace(signed, credential=replace(signed.credential, expires=1)).to_bytes())
    assert shell.json("gate", "verify", file, "--issuer", board.issuer, code=failures.REFUSED)["type"] == (
        "CredentialExpired"
    )
    file.write_text("{}")
    assert shell.json("gate", "verify", file, code=failures.REFUSED)["type"] == "CredentialError"
    assert shell.json("gate", "verify", tmp_path / "none", code=failures.USAGE)["type"] == "UsageError"
