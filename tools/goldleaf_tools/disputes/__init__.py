"""Challenges over labels and disputes about known answers: found, and told without need to know about chains."""

from .explaining import tell
from .finding import KINDS, Case, Entry, case_of, challenge_of, find
from .gold import tell_gold
from .stories import GoldStory, Section, Step, Story

__all__ = [
    "KINDS",
    "Case",
    "Entry",
    "GoldStory",
    "Section",
    "Step",
    "Story",
    "case_of",
    "challenge_of",
    "find",
    "tell",
    "tell_gold",
]
