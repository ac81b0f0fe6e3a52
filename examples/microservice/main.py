"""The service with FastAPI: `python main.py` serves it on port 8080."""

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from addition import NotAnInteger, add, integer

app = FastAPI(title="Addition", redirect_slashes=False)


@app.get("/")
def get_message() -> dict[str, str]:
    """Say what to request."""
    return {"message": "Add two integers: /add/1/2"}


@app.get("/add/{num1}/{num2}", responses={422: {"description": "Not an integer"}})
def get_sum(num1: str, num2: str) -> dict[str, int]:
    """Add two integers; `int` as their type would also accept 1.0 and +1."""
    return {"total": add(integer(num1), integer(num2))}


@app.get("/health")
def get_health() -> dict[str, str]:
    """Say that the service runs."""
    return {"status": "ok"}


@app.exception_handler(NotAnInteger)
def refuse(_request: Request, error: NotAnInteger) -> JSONResponse:
    """Answer 422."""
    return JSONResponse({"detail": str(error)}, status_code=422)


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=8080)
