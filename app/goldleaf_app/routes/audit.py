"""The auditor's bench: findings in published labels, ranked, and challenges filed."""

from fastapi import APIRouter

router = APIRouter()
