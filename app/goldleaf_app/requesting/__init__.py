"""A requester's side: how a task is put together, and what becomes of it. The routes show it."""
