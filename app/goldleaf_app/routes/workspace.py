"""The labelling workspace: a batch's items beside a form made of the label schema; then commit and publish."""

from fastapi import APIRouter

router = APIRouter()
