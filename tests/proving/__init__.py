"""Proof of the contracts' arithmetic for all inputs: Vyper's typed syntax tree, read as formulas that Z3 decides."""
