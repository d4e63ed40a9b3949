"""Fights over labels: found, and told in words that need no knowledge of chains."""

from .finding import KINDS, Entry, fight_of, find
from .telling import Section, Step, Story, tell

__all__ = ["KINDS", "Entry", "Section", "Step", "Story", "fight_of", "find", "tell"]
