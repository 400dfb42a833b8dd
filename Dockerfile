# Two stages: the first installs the locked dependencies and the package, the second holds them and nothing else.
FROM python:3.12-slim AS build
WORKDIR /srv/actions
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY data data
COPY migrations migrations
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /srv/actions actions \
    && install --directory --owner actions --group actions /var/lib/actions
WORKDIR /srv/actions
COPY --from=build /srv/actions/.venv .venv
ENV PATH=/srv/actions/.venv/bin:$PATH PYTHONUNBUFFERED=1 ACTIONS_DATA_DIR=/var/lib/actions
USER actions
VOLUME /var/lib/actions
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["actions", "serve", "--host", "0.0.0.0", "--port", "8000"]
