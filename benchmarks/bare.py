"""The least that FastAPI can answer: the route that our own answers are measured against."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def answer() -> dict[str, bool]:
    """Say that all is well."""
    return {"ok": True}
