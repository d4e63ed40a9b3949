"""How flows meet a node.

What comes before and after a transaction is in `sending`, `waiting` and `simulating`, as flows like those of the calls
(`goldleaf._flows.asks` says what flows are). `asking` answers whatever a flow asks for: the one loop, in which a node
that is busy, lost or picky is dealt with. `transport` is a web3.py provider, blocking or awaiting, and `translation`
makes typed errors of whatever goes wrong there.
"""
