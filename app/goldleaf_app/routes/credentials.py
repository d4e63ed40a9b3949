"""Credentials: what gates want to see, asking for one, issuing one, presenting one."""

from fastapi import APIRouter

router = APIRouter()
