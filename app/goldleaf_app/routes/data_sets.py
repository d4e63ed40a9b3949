"""Data sets and licences: offers, purchases, royalties to collect."""

from fastapi import APIRouter

router = APIRouter()
