"""A requester's tasks: opened by a wizard, followed, tested, accepted, closed, downloaded."""

from fastapi import APIRouter

router = APIRouter()
