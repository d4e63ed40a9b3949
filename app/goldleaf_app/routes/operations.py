"""Health and metrics, for whoever runs the server."""

from fastapi import APIRouter

router = APIRouter()
