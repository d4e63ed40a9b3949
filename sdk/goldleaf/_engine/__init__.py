"""How flows meet a node.

All that talks to a node is written once, as generators of steps (`steps`): "ask the node this", "sleep so long", "hold
the lock of that account". What a chain can be asked is in `reading`, what comes before and after a transaction in
`sending` and `simulating`. `drivers` takes the steps, one by one, on a web3.py provider: either blocking or awaiting;
`transport` is the provider, and `translation` makes typed errors of whatever goes wrong there.
"""
