import re
from pathlib import Path

import pytest

from goldleaf import errors
from goldleaf._encoding import codec

CONTRACTS = Path(__file__).parents[3] / "contracts"
COMMENT = re.compile(r'""".*?"""|#.*?$', re.DOTALL | re.MULTILINE)
# A reason is written as a text, or as the 32 bytes of it.
TEXT = re.compile(r'"([a-z]+: [^"]{1,32})"')
KINDS = {
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.GoldleafError) and kind is not errors.MissingExtra
}
WORD = re.compile(r"\b0x([0-9a-f]{64})\b")


def reasons_in_contracts() -> list[str]:
    reasons = []
    for path in sorted(CONTRACTS.rglob("*.vy")):
        if "mocks" not in path.parts:
            code = COMMENT.sub("", path.read_text())
            reasons += TEXT.findall(code)
            words = [bytes.fromhex(word).lstrip(b"\0") for word in WORD.findall(code)]
            reasons += [word.decode() for word in words if b": " in word and word.isascii()]
    return reasons


def test_reasons__contracts_and_table__hold_the_same() -> None:
    found = reasons_in_contracts()
    assert sorted(found) == sorted(set(found)), "each reason stands at one place"
    assert set(found) == set(errors.REASONS)


@pytest.mark.parametrize("reason", sorted(errors.REASONS))
def test_from_reason__each__its_own_class_that_says_what_to_do(reason: str) -> None:
    error = errors.from_reason(reason)
    assert type(error) is errors.REASONS[reason]
    assert error.advice.endswith(".")
    assert str(error) == f"{reason}. {error.advice}"


def test_error__value_and_bound__are_in_the_message() -> None:
    error = errors.BalanceTooLow("free balance", value=3, bound="at least 5")
    assert (error.value, error.bound) == (3, "at least 5")
    assert str(error).startswith("ledger: balance too low: free balance is 3, must be at least 5. Deposit more")


@pytest.mark.parametrize("kind", sorted(KINDS, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("detail", ["it does not work", "it does not work.", "does it work?", "it does not wo..."])
def test_message__detail_that_is_a_sentence_already__ends_once(kind: type[errors.GoldleafError], detail: str) -> None:
    more = {"transaction": "0x12"} if issubclass(kind, errors.TransactionError) else {}
    error = kind(detail, **more)
    assert error.sentence().endswith(detail if detail[-1] in ".?" else f"{detail}.")


def test_decode_revert__each_form__as_an_error() -> None:
    string = bytes.fromhex("08c379a0" + f"{32:064x}{22:064x}" + b"ledger: balance too lo".hex().ljust(64, "0"))
    assert str(codec.decode_revert(string)) == "ledger: balance too lo."
    panic = bytes.fromhex("4e487b71" + f"{0x11:064x}")
    assert str(codec.decode_revert(panic)) == "panic 0x11."
    assert "0x12345678" in str(codec.decode_revert(bytes.fromhex("12345678")))
    assert "without a reason" in str(codec.decode_revert(b""))
    assert type(codec.decode_revert(string[:40])) is errors.Reverted
