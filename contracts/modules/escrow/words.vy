# pragma version 0.4.3
"""
@title Hand-packed storage words of tasks, submissions and fights
@license AGPL-3.0-only
@dev A new storage word costs 22,100 gas, so fields that are read together share one. This is the only module
     that shifts bits, ids apart. Pictures name the highest bits first; each field is followed by its width.

     Packing does not check: whoever packs has bounded the value.

     Task
       terms    | unused 9 | challenge 32 | gated 1 | work_period 32 | deadline 40 | tolerance 13 | redundancy 4 | batch 13 | items 32 | stake 80 |
       pay      | unused 98 | royalty 14 | response 32 | publish 32 | reward 80 |
       progress | unused 1 | closed 1 | cancelled 1 | delivered 31 | accepted 31 | live 31 | token 160 |
       owner    | unused 64 | timeout 32 | requester 160 |
       judge    | demand_bond 96 | arbitrator 160 |
       entry    | unused 56 | publish_from 40 | gate 160 |

     Submission
       holder   | unused 33 | fought 1 | alone 1 | errors 13 | clock 40 | state 8 | annotator 160 |
       fights   | unused 128 | settled 64 | filed 64 |

     Fight
       case     | unused 7 | item 32 | ruling 3 | labels 6 | state 8 | clock 40 | party 160 |
       defence  | fee 96 | defender 160 |
"""

from ...interfaces import ITaskEscrow

# Ids: `submission = task << 64 | slot`, `fight = submission << 64 | number`. So `id >> NUMBER_BITS` is the id of what it
# belongs to: no function, whose calls are longer than the shift by 400 bytes of the 24,576.
NUMBER_BITS: constant(uint256) = 64


struct Terms:
    stake: uint256  # per label, base units
    items: uint256
    batch_size: uint256
    redundancy: uint256
    tolerance_bps: uint256
    deadline: uint256
    work_period: uint256
    gated: bool
    challenge_period: uint256


struct Pay:
    reward: uint256  # per label, base units
    publish_period: uint256
    response_period: uint256
    royalty_bps: uint256


struct Progress:
    token: address
    live: uint256  # slots that are neither open nor final
    accepted: uint256  # labels of PAID submissions that were not proven wrong
    delivered: uint256  # labels of PAID and REJECTED submissions: what the pot has given its part for
    cancelled: bool
    closed: bool


struct Holder:
    annotator: address
    state: ITaskEscrow.SubmissionState
    clock: uint256
    errors: uint256
    alone: bool  # redundancy 1: published straight from TAKEN
    fought: bool  # a challenge or demand was ever filed: the word `fights` need not be read before


struct Case:
    party: address
    clock: uint256
    state: ITaskEscrow.FightState
    labels: uint256  # 0: a demand
    ruling: uint256  # 0, 1, 2, NOT_HEARD
    item: uint256


@internal
@pure
def _pack_terms(terms: Terms) -> uint256:
    return (
        terms.stake
        | terms.items << 80
        | terms.batch_size << 112
        | terms.redundancy << 125
        | terms.tolerance_bps << 129
        | terms.deadline << 142
        | terms.work_period << 182
        | convert(terms.gated, uint256) << 214
        | terms.challenge_period << 215
    )


@internal
@pure
def _unpack_terms(word: uint256) -> Terms:
    return Terms(
        stake=word & (2**80 - 1),
        items=(word >> 80) & (2**32 - 1),
        batch_size=(word >> 112) & (2**13 - 1),
        redundancy=(word >> 125) & (2**4 - 1),
        tolerance_bps=(word >> 129) & (2**13 - 1),
        deadline=(word >> 142) & (2**40 - 1),
        work_period=(word >> 182) & (2**32 - 1),
        gated=(word >> 214) & 1 == 1,
        challenge_period=(word >> 215) & (2**32 - 1),
    )


@internal
@pure
def _pack_pay(pay: Pay) -> uint256:
    return (pay.reward | pay.publish_period << 80 | pay.response_period << 112 | pay.royalty_bps << 144)


@internal
@pure
def _unpack_pay(word: uint256) -> Pay:
    return Pay(
        reward=word & (2**80 - 1),
        publish_period=(word >> 80) & (2**32 - 1),
        response_period=(word >> 112) & (2**32 - 1),
        royalty_bps=(word >> 144) & (2**14 - 1),
    )


@internal
@pure
def _pack_progress(progress: Progress) -> uint256:
    return (
        convert(progress.token, uint256)
        | progress.live << 160
        | progress.accepted << 191
        | progress.delivered << 222
        | convert(progress.cancelled, uint256) << 253
        | convert(progress.closed, uint256) << 254
    )


@internal
@pure
def _unpack_progress(word: uint256) -> Progress:
    return Progress(
        token=self._low_address(word),
        live=(word >> 160) & (2**31 - 1),
        accepted=(word >> 191) & (2**31 - 1),
        delivered=(word >> 222) & (2**31 - 1),
        cancelled=(word >> 253) & 1 == 1,
        closed=(word >> 254) & 1 == 1,
    )


@internal
@pure
def _with_one_more_live(progress: uint256) -> uint256:
    """
    @dev No count ever exceeds the labels of a task, which its field has room for.
    """
    return unsafe_add(progress, 1 << 160)


@internal
@pure
def _with_one_less_live(progress: uint256, accepted: uint256, delivered: uint256) -> uint256:
    """
    @dev Only of a task with a live slot; as above, nothing overflows.
    @param accepted Labels accepted besides.
    @param delivered Labels delivered besides.
    """
    return unsafe_add(unsafe_sub(progress, 1 << 160), accepted << 191 | delivered << 222)


@internal
@pure
def _pack_address(account: address, rest: uint256) -> uint256:
    """
    @dev Packs the words owner, judge, entry and defence: an address and one number of up to 96 bits above it.
    """
    return convert(account, uint256) | rest << 160


@internal
@pure
def _unpack_address(word: uint256) -> (address, uint256):
    return self._low_address(word), word >> 160


@internal
@pure
def _pack_holder(holder: Holder) -> uint256:
    return (
        convert(holder.annotator, uint256)
        | convert(holder.state, uint256) << 160
        | holder.clock << 168
        | holder.errors << 208
        | convert(holder.alone, uint256) << 221
        | convert(holder.fought, uint256) << 222
    )


@internal
@pure
def _unpack_holder(word: uint256) -> Holder:
    return Holder(
        annotator=self._low_address(word),
        state=convert((word >> 160) & (2**8 - 1), ITaskEscrow.SubmissionState),
        clock=(word >> 168) & (2**40 - 1),
        errors=(word >> 208) & (2**13 - 1),
        alone=(word >> 221) & 1 == 1,
        fought=(word >> 222) & 1 == 1,
    )


@internal
@pure
def _pack_fights(filed: uint256, settled: uint256) -> uint256:
    return filed | settled << 64


@internal
@pure
def _with_one_more_settled(fights: uint256) -> uint256:
    return fights + (1 << 64)


@internal
@pure
def _unpack_fights(word: uint256) -> (uint256, uint256):
    return word & (2**64 - 1), word >> 64


@internal
@pure
def _pack_case(case: Case) -> uint256:
    return (
        convert(case.party, uint256)
        | case.clock << 160
        | convert(case.state, uint256) << 200
        | case.labels << 208
        | case.ruling << 214
        | case.item << 217
    )


@internal
@pure
def _unpack_case(word: uint256) -> Case:
    return Case(
        party=self._low_address(word),
        clock=(word >> 160) & (2**40 - 1),
        state=convert((word >> 200) & (2**8 - 1), ITaskEscrow.FightState),
        labels=(word >> 208) & (2**6 - 1),
        ruling=(word >> 214) & (2**3 - 1),
        item=(word >> 217) & (2**32 - 1),
    )


@internal
@pure
def _low_address(word: uint256) -> address:
    return convert(word & (2**160 - 1), address)


@internal
@pure
def _bit(position: uint256) -> (uint256, uint256):
    """
    @dev Where a bitmap keeps a position: which word, and the bit in it.
    """
    return position >> 8, 1 << (position & 255)


@internal
@pure
def _join(parent: uint256, number: uint256) -> uint256:
    return parent << NUMBER_BITS | number


@internal
@pure
def _number(id: uint256) -> uint256:
    return id & (2**NUMBER_BITS - 1)
