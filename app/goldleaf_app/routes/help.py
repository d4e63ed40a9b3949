"""Help for whoever has no wallet, or does not know what is what."""

from fastapi import APIRouter

router = APIRouter()
