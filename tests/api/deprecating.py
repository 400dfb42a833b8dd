"""Serves the catalogue with test deprecations: `python -m tests.api.deprecating PORT`."""

import sys
from datetime import date

import uvicorn

from app.http.deprecation import Deprecation
from app.main import create_app

OPERATION = Deprecation("suggerer", date(2026, 3, 1), date(2027, 3, 1), "chercher par GET /actions.")
PARAMETER = Deprecation("listerActions", date(2026, 1, 1), date(2027, 6, 1), "demander « fields ».", parameter="full")
ALSO = Deprecation("listerActions", date(2026, 2, 1), date(2027, 1, 1), "ne rien demander.", parameter="highlight")

if __name__ == "__main__":
    app = create_app(deprecations=(OPERATION, PARAMETER, ALSO))
    uvicorn.run(
        app, port=int(sys.argv[1]), http="app.server.http_protocol:HttpProtocol", log_config=None, proxy_headers=False
    )
