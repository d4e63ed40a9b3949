"""Challenges over labels and disputes about known answers: found, and told without need to know about chains."""

from .explaining import RULINGS, tell
from .finding import GOLD_KINDS, KINDS, Case, Entry, GoldEntry, case_of, challenge_of, find, find_gold
from .gold import RULINGS as GOLD_RULINGS
from .gold import tell_gold
from .papers import Exhibit, Papers, papers_of
from .stories import GoldStory, Section, Step, Story

__all__ = [
    "GOLD_KINDS",
    "GOLD_RULINGS",
    "KINDS",
    "RULINGS",
    "Case",
    "Entry",
    "Exhibit",
    "GoldEntry",
    "GoldStory",
    "Papers",
    "Section",
    "Step",
    "Story",
    "case_of",
    "challenge_of",
    "find",
    "find_gold",
    "papers_of",
    "tell",
    "tell_gold",
]
