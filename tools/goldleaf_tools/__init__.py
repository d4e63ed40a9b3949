"""The programs around the Goldleaf protocol, for annotators, challengers, jurors and auditors.

The command `goldleaf` is `goldleaf_tools.cli`. Each package below is of use on its own: import what is needed from it.
"""
