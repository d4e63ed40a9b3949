# pragma version 0.4.3
"""
@title Licences: the right to use a data set, at a price, on terms
@license AGPL-3.0-only
@dev The price is revenue like any other payment. What a licence allows, and how long, is in its terms.
"""

from ...interfaces import IRoyaltyPool
from .. import reasons
from .. import require
from . import data_sets
from . import revenue
from . import packing

uses: data_sets
uses: revenue


# What is stored of a licence.
struct Sold:
    licensee: address
    terms: bytes32
    sale: uint256  # sale word, see `packing`


# task id -> what is on sale
offer: HashMap[uint256, IRoyaltyPool.Offer]
# task id -> licences sold
license_count: HashMap[uint256, uint256]
# license id -> what was bought
sold: HashMap[uint256, Sold]


@internal
def _set_price(account: address, task: uint256, price: uint256, terms: bytes32):
    known: data_sets.Task = data_sets._closed_task(task)
    require.that(account == known.requester, reasons.LICENSES_NOT_THE_REQUESTER)
    require.that(price == 0 or terms != empty(bytes32), reasons.LICENSES_NO_TERMS)
    self.offer[task] = IRoyaltyPool.Offer(price=price, terms=terms)
    log IRoyaltyPool.Priced(task=task, price=price, terms=terms)


@internal
def _buy_license(account: address, task: uint256, licensee: address, terms: bytes32, max_price: uint256) -> uint256:
    offer: IRoyaltyPool.Offer = self.offer[task]
    require.that(offer.price != 0, reasons.LICENSES_NOT_FOR_SALE)
    require.that(offer.terms == terms, reasons.LICENSES_OTHER_TERMS)
    require.that(offer.price <= max_price, reasons.LICENSES_PRICE_ABOVE_MAXIMUM)
    require.that(licensee != empty(address), reasons.LICENSES_NO_LICENSEE)
    revenue._receive(task, account, offer.price)

    number: uint256 = self.license_count[task]
    license: uint256 = packing._join(task, number)
    self.license_count[task] = number + 1
    sale: uint256 = packing._pack_sale(packing.Sale(price=offer.price, time=block.timestamp))
    self.sold[license] = Sold(licensee=licensee, terms=terms, sale=sale)
    log IRoyaltyPool.Licensed(
        license=license, task=task, licensee=licensee, buyer=account, terms=terms, price=offer.price
    )
    return license


@internal
@view
def _license(id: uint256) -> IRoyaltyPool.License:
    sold: Sold = self.sold[id]
    sale: packing.Sale = packing._unpack_sale(sold.sale)
    return IRoyaltyPool.License(licensee=sold.licensee, terms=sold.terms, price=sale.price, time=sale.time)
