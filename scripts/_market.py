"""What the closed task's data set earns: shares, a licence, a model, and who is paid for them."""

from eth_utils.crypto import keccak

from goldleaf import DataSet
from scripts._offers import MODEL, PRICE, TERMS
from scripts._scene import Scene
from scripts._stage import Person, base_units

MOST_AT_ONCE = 32  # submissions that are enrolled


class Market:
    """The data set of a play."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stage = scene.stage
        # Pay for all the labels that were asked for, whole tokens.
        pay = scene.offer.reward * len(scene.block.items) * len(scene.block.people)
        # Of a licence, and of a model that is trained under it; whole tokens.
        self.price, self.model = pay * PRICE, pay * MODEL

    @property
    def data_set(self) -> DataSet:
        """What the pool says of it."""
        return self._scene.requester.client.royalties.data_set(self._scene.task)

    def shares(self, annotator: Person) -> int:
        """How many shares of it an annotator holds."""
        return annotator.client.royalties.shares(self._scene.task)

    def enroll(self) -> None:
        """Each annotator has a share minted for each accepted label."""
        for annotator in self._stage.track("Annotators enrol their labels as shares", self._scene.annotators):
            paid = [work.id for work in self._scene.works if work.annotator is annotator and work.is_paid]
            for first in range(0, len(paid), MOST_AT_ONCE):
                some = paid[first : first + MOST_AT_ONCE]
                call = f"enroll (up to {self._scene.terms.batches} submissions)"
                self._stage.act(annotator, call, annotator.client.royalties.enroll, some)

    def sell(self) -> None:
        """The requester offers a licence; the licensee buys it, and pays again for a model."""
        requester, licensee, task = self._scene.requester, self._scene.licensee, self._scene.task
        self._scene.store.put(TERMS.encode())
        terms, price, model = keccak(text=TERMS), base_units(self.price), base_units(self.model)
        pool = licensee.client.royalties
        for step in self._stage.track("A licensee buys a licence, then pays for a model", ("licence", "model")):
            if step == "licence":
                offer = requester.client.royalties.set_price
                self._stage.act(requester, "set_price", offer, task, price, terms=terms)
                self._stage.provide(licensee, pool.ledger, price)
                self._stage.act(licensee, "buy_license", pool.buy_license, task, terms=terms, max_price=price)
            else:
                self._stage.provide(licensee, pool.ledger, model)
                self._stage.act(licensee, "pay", pool.pay, task, model, memo="a model trained on the labels")

    def collect(self) -> None:
        """Each annotator collects what the shares have earned, the requester what they have not."""
        scene = self._scene
        for annotator in self._stage.track("Annotators collect royalties", scene.annotators):
            if self.shares(annotator):
                self._stage.act(annotator, "collect", annotator.client.royalties.collect, scene.task)
        collect = scene.requester.client.royalties.collect_requester_share
        self._stage.act(scene.requester, "collect_requester_share", collect, scene.task)
