"""A challenge and its dispute, in plain words, for anybody."""

from fastapi import APIRouter

router = APIRouter()
