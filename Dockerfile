# Shortlist as an image: the environment is built in one stage and copied into the other, which has no pip in use.
# Build: docker build -t shortlist .   Run: compose.yaml, or docs/service.md.
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/shortlist
# What seldom changes comes first: the lock alone decides what is installed, by hash.
COPY requirements.lock ./
RUN /opt/shortlist/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY . .
RUN /opt/shortlist/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin shortlist \
    && install -d -o shortlist -g shortlist -m 0700 /data
COPY --from=build /opt/shortlist /opt/shortlist
ENV PATH=/opt/shortlist/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["shortlist"]
CMD ["serve", "--host", "0.0.0.0", "--config", "/etc/shortlist/config.toml"]
