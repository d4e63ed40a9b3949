"""What those who take part in a play share: its people, their work, and what has come of it so far."""

from goldleaf import TaskParameters
from goldleaf.stores import Store
from scripts._actors import Chance, Jurors
from scripts._data import Block
from scripts._offers import Offer
from scripts._record import Case, Work
from scripts._stage import Person, Stage


class Scene:
    """A task and its people. Whoever is yet to come, and what is yet to be opened, has no value before that."""

    requester: Person
    auditor: Person
    watcher: Person
    licensee: Person
    outsider: Person
    relayer: Person
    annotators: list[Person]
    jurors: list[Person]
    task: int
    terms: TaskParameters
    jury_cost: int  # of a dispute's first round, base units

    def __init__(self, stage: Stage, block: Block, offer: Offer, store: Store, *, seed: int, error: float) -> None:
        self.stage = stage
        self.block = block
        self.offer = offer
        self.store = store
        self.chance = Chance(seed)
        self.jurors_rule = Jurors(block, self.chance, error)
        self.works: list[Work] = []
        self.cases: list[Case] = []
        # The jurors by their seats.
        self.seats: dict[int, Person] = {}
