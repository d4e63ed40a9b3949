"""What programs hold: the clients, and the methods they have.

`calls` makes a method of a flow, with its ways to be run; `namespaces` lists the methods (`client.tasks`, ...), `batch`
puts several into one, and `client` is what holds them, with an account and an engine that runs them.
"""
