# pragma version 0.4.3
"""
@title Packed storage words of tasks, submissions and challenges
@license AGPL-3.0-only
@dev A new storage word costs 22,100 gas, so fields that are read together share one. This is the only module
     that shifts bits, ids apart. Pictures name the highest bits first; each field is followed by its width.

     Packing does not check: whoever packs has bounded the value.

     Task
       terms      | unused 8 | graded 1 | challenge 32 | gated 1 | work 32 | deadline 40 | tolerance 13 | redundancy 4 | batch 13 | items 32 | stake 80 |
       pay        | unused 98 | royalty 14 | response 32 | publish 32 | reward 80 |
       progress   | unused 1 | closed 1 | cancelled 1 | delivered 31 | accepted 31 | live 31 | token 160 |
       requester  | unused 64 | timeout 32 | requester 160 |
       arbitrator | availability_bond 96 | arbitrator 160 |
       gate       | unused 56 | publish_from 40 | gate 160 |

     Submission
       submission | filed 40 | publishes_directly 1 | errors 13 | until 36 | state 6 | annotator 160 |

     Challenge
       challenge  | kind 2 | ruling 2 | labels 6 | state 6 | defended_at 40 | filed_at 40 | challenger 160 |
       money      | fee 96 | bond 160 |
"""

from ...interfaces import ITaskEscrow
from .. import reasons
from .. import require

# Ids: `submission = task << 64 | slot`, `challenge = submission << 64 | number`. So `id >> NUMBER_BITS` is the id of what
# it belongs to: no functions for these, whose calls are longer than the shifts by 500 bytes of the 24,576.
NUMBER_BITS: constant(uint256) = 64

# Places of a task's words. The manifest's is its keccak-256, the grader's an address.
TERMS: constant(uint256) = 0
PAY: constant(uint256) = 1
PROGRESS: constant(uint256) = 2
REQUESTER: constant(uint256) = 3
ARBITRATOR: constant(uint256) = 4
GATE: constant(uint256) = 5
MANIFEST: constant(uint256) = 6
GRADER: constant(uint256) = 7


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
    graded: bool


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


struct Submission:
    annotator: address
    state: ITaskEscrow.SubmissionState
    until: uint256  # TAKEN, COMMITTED: when the work is due; PUBLISHED: end of the challenge window
    errors: uint256
    publishes_directly: bool  # no sibling and no grader: published straight from TAKEN
    filed: uint256  # challenges; no chain has room for 2^40 of them in any window


struct Challenge:
    challenger: address
    filed_at: uint256
    defended_at: uint256
    state: ITaskEscrow.ChallengeState
    labels: uint256
    ruling: uint256  # 0, 1, 2, NOT_HEARD
    kind: ITaskEscrow.ChallengeKind


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
        | convert(terms.graded, uint256) << 247
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
        graded=(word >> 247) & 1 == 1,
    )


@internal
@pure
def _known_terms(word: uint256) -> Terms:
    """
    @dev Refuses the word of a task that there is not: every task has terms.
    """
    require.that(word != 0, reasons.TASKS_NO_SUCH_TASK)
    return self._unpack_terms(word)


@internal
@pure
def _is_graded(terms: uint256) -> bool:
    return (terms >> 247) & 1 == 1


@internal
@pure
def _deadline(terms: uint256) -> uint256:
    return (terms >> 142) & (2**40 - 1)


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
def _is_cancelled(progress: uint256) -> bool:
    return (progress >> 253) & 1 == 1


@internal
@pure
def _as_cancelled(progress: uint256) -> uint256:
    return progress | 1 << 253


@internal
@pure
def _as_closed(progress: uint256) -> uint256:
    return progress | 1 << 254


@internal
@pure
def _with_more_live(progress: uint256, slots: uint256) -> uint256:
    """
    @dev No count ever exceeds the labels of a task, which its field has room for.
    """
    return unsafe_add(progress, slots << 160)


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
    @dev Packs the words requester, arbitrator and gate: an address and one number of up to 96 bits above it.
    """
    return convert(account, uint256) | rest << 160


@internal
@pure
def _unpack_address(word: uint256) -> (address, uint256):
    return self._low_address(word), word >> 160


@internal
@pure
def _rest(word: uint256) -> uint256:
    """
    @return The number above an address.
    """
    return word >> 160


@internal
@pure
def _pack_submission(submission: Submission) -> uint256:
    return (
        convert(submission.annotator, uint256)
        | convert(submission.state, uint256) << 160
        | submission.until << 166
        | submission.errors << 202
        | convert(submission.publishes_directly, uint256) << 215
        | submission.filed << 216
    )


@internal
@pure
def _unpack_submission(word: uint256) -> Submission:
    return Submission(
        annotator=self._low_address(word),
        state=convert((word >> 160) & (2**6 - 1), ITaskEscrow.SubmissionState),
        until=(word >> 166) & (2**36 - 1),
        errors=(word >> 202) & (2**13 - 1),
        publishes_directly=(word >> 215) & 1 == 1,
        filed=word >> 216,
    )


@internal
@pure
def _pack_challenge(challenge: Challenge) -> uint256:
    return (
        convert(challenge.challenger, uint256)
        | challenge.filed_at << 160
        | challenge.defended_at << 200
        | convert(challenge.state, uint256) << 240
        | challenge.labels << 246
        | challenge.ruling << 252
        | convert(challenge.kind, uint256) << 254
    )


@internal
@pure
def _unpack_challenge(word: uint256) -> Challenge:
    return Challenge(
        challenger=self._low_address(word),
        filed_at=(word >> 160) & (2**40 - 1),
        defended_at=(word >> 200) & (2**40 - 1),
        state=convert((word >> 240) & (2**6 - 1), ITaskEscrow.ChallengeState),
        labels=(word >> 246) & (2**6 - 1),
        ruling=(word >> 252) & (2**2 - 1),
        kind=convert(word >> 254, ITaskEscrow.ChallengeKind),
    )


@internal
@pure
def _pack_money(bond: uint256, fee: uint256) -> uint256:
    """
    @param bond What the challenger has put up, base units: out of a free balance, which never comes to 2^160 by deposits of
           less than 2^128.
    @param fee What the arbitrator has taken, base units.
    """
    return bond | fee << 160


@internal
@pure
def _unpack_money(word: uint256) -> (uint256, uint256):
    return word & (2**160 - 1), word >> 160


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
def _number(id: uint256) -> uint256:
    return id & (2**NUMBER_BITS - 1)
