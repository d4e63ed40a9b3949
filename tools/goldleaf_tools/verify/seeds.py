"""Where a court's seeds come from: whether each draw was decided by what was fixed when it was armed."""

from collections.abc import Callable, Iterable
from typing import Protocol

from goldleaf import errors, events
from goldleaf.encoding import encode_call
from goldleaf.feed import Logged
from goldleaf.types import DrandChain

from ..rules import drand
from .findings import Check, Finding
from .steps import Clock, Hashes, within

BLOCK_HASH = "the seed of a draw is the hash of the block that was fixed when it was armed"
ROUND = "a draw is decided by the first round of the drand chain that is due no sooner than the margin after arming"
SHOWN = "a beacon is shown from the time on at which its round is due"
BEACON = "the seed of a draw is the randomness of the round of the drand chain that was fixed when it was armed"
SIGNED = "that is sha256 of the round's signature, which verifies by the drand chain's public key"

# The signature that was shown, by its event; None where that cannot be told.
Signatures = Callable[[Logged], bytes | None]


class Seeds(Protocol):
    """What a court draws by."""

    def findings(self, name: str, armed: Logged, drawn: Logged, clock: Clock | None) -> list[Finding]:
        """What the rules say of the seed of the round `name`, which was armed and drawn in these events."""

    @property
    def notes(self) -> list[str]:
        """What could not be looked at so far."""


class BlockHashes:
    """Seeds that are the hashes of blocks."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes
        self.notes: list[str] = []

    def findings(self, name: str, armed: Logged, drawn: Logged, clock: Clock | None) -> list[Finding]:
        assert isinstance(armed.event, events.Armed) and isinstance(drawn.event, events.Drawn)
        seed = "0x" + self._hashes(armed.event.ticket).hex()
        return [Check.of(f"{name}: seed", BLOCK_HASH, seed, "0x" + drawn.event.seed.hex(), drawn.transaction)]


class Beacons:
    """Seeds that are beacons of a drand chain.

    `shown` are the `BeaconShown` events of the contract that the court draws by, others among them do no harm.
    `signatures` gives what each of them has shown. Whether it is signed is looked at with py_ecc, where the extra
    `goldleaf-tools[beacons]` is installed; `notes` says where it is not.
    """

    def __init__(self, chain: DrandChain, shown: Iterable[Logged], signatures: Signatures) -> None:
        self._chain = chain
        self._shown = {
            each.event.round: each for each in shown if isinstance(each.event, events.BeaconShown) and not each.removed
        }
        self._signatures = signatures
        self._verified: dict[int, bool | None] = {}
        self.notes: list[str] = []

    def findings(self, name: str, armed: Logged, drawn: Logged, clock: Clock | None) -> list[Finding]:
        assert isinstance(armed.event, events.Armed) and isinstance(drawn.event, events.Drawn)
        ticket, seed = armed.event.ticket, "0x" + drawn.event.seed.hex()
        found: list[Finding] = []
        if clock is not None:
            expected = drand.next_round(clock(armed.block), self._chain)
            found.append(Check.of(f"{name}: round of the drand chain", ROUND, expected, ticket, armed.transaction))
        shown = self._shown.get(ticket)
        if shown is None or not isinstance(shown.event, events.BeaconShown):
            nobody = f"none: nobody has shown the beacon of round {ticket}"
            return [*found, Check.of(f"{name}: seed", BEACON, nobody, seed, drawn.transaction)]
        told = "0x" + shown.event.randomness.hex()
        found.append(Check.of(f"{name}: seed", BEACON, told, seed, drawn.transaction))
        if clock is not None:
            found.append(within(f"{name}: time of the beacon", SHOWN, shown, clock, drand.due(ticket, self._chain)))
        try:
            signed = self._is_signed(shown, ticket, shown.event.randomness)
        except errors.MissingExtra as error:
            note = f"whether beacons are signed by the drand chain was left to the contract. {error}"
            self.notes = [note]
            return found
        by = f"signed for round {ticket} by 0x{self._chain.public_key.hex()}"
        said = None if signed is None else by if signed else "not signed so"
        return [*found, Check.of(f"{name}: beacon", SIGNED, by, said, shown.transaction)]

    def _is_signed(self, shown: Logged, round: int, randomness: bytes) -> bool | None:
        """Whether what was shown is the beacon of the round; None if it cannot be told what that was."""
        if round not in self._verified:
            signature = self._signatures(shown)
            self._verified[round] = (
                None
                if signature is None
                else (
                    drand.randomness(signature) == randomness
                    and drand.is_beacon(round, signature, self._chain.public_key)
                )
            )
        return self._verified[round]


def signature_in(data: bytes, round: int) -> bytes | None:
    """The signature that calldata shows for a round, be it alone or inside of a call of a wallet, a batch or a relay.

    None if there is none. That it is the right one only its hash says, or the drand chain's key.
    """
    call = encode_call("DrandRandomness", "show", round, b"", (bytes(32), bytes(32)))[: 4 + 32]
    start = data.find(call)
    if start < 0:
        return None
    arguments = data[start + 4 :]
    place = int.from_bytes(arguments[32:64])
    length = int.from_bytes(arguments[place : place + 32])
    signature = arguments[place + 32 : place + 32 + length]
    return signature if len(signature) == length == 48 else None
