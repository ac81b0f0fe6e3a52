"""The same service with Flask: `python flask_main.py` serves it on port 8080."""

import json

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from addition import NotAnInteger, add, integer

app = Flask(__name__)
app.url_map.merge_slashes = False


@app.get("/")
def get_message() -> dict[str, str]:
    """Say what to request."""
    return {"message": "Add two integers: /add/1/2"}


@app.get("/add/<num1>/<num2>")
def get_sum(num1: str, num2: str) -> dict[str, int]:
    """Add two integers."""
    return {"total": add(integer(num1), integer(num2))}


@app.get("/health")
def get_health() -> dict[str, str]:
    """Say that the service runs."""
    return {"status": "ok"}


@app.errorhandler(NotAnInteger)
def refuse(error: NotAnInteger) -> tuple[dict[str, str], int]:
    """Answer 422."""
    return {"detail": str(error)}, 422


@app.errorhandler(HTTPException)
def explain(error: HTTPException) -> Response:
    """Answer 404 and 405 in JSON, too; their headers stay."""
    answer = error.get_response()
    answer.set_data(json.dumps({"detail": error.name}))
    answer.mimetype = "application/json"
    return answer


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8080)
