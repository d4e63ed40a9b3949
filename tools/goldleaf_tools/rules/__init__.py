"""The protocol's rules without a chain: what the contracts do, in plain integers.

`escrow`, `gold`, `court` and `royalty` are whole contracts, with time given by the caller; `money` and `jury` the
formulas in them. They are written from the specification and not from the contracts, and state machines hold each
against the other. Verification of what was paid, and the simulation, are built on the same rules.
"""
