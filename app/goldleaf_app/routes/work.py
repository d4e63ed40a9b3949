"""An annotator's submissions as timelines, what comes next, answers to challenges, earnings."""

from fastapi import APIRouter

router = APIRouter()
