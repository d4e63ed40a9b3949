"""A juror's seats and cases: guidelines, item, label, evidence; votes sealed and revealed."""

from fastapi import APIRouter

router = APIRouter()
