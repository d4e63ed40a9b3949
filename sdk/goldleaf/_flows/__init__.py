"""Each call of the protocol, described once and without I/O.

A flow is a generator: it yields the reads that its checks need, is sent their answers, and returns a value or the
transaction to sign. Whoever runs it (`goldleaf._engine`) does the reading, the signing and the waiting.
"""
