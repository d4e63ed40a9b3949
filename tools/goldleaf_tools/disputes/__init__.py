"""Challenges over labels: found, and told in words that need no knowledge of chains."""

from .explaining import Section, Step, Story, tell
from .finding import KINDS, Entry, challenge_of, find

__all__ = ["KINDS", "Entry", "Section", "Step", "Story", "challenge_of", "find", "tell"]
