# The embedded service in one container: web, clocks and reading on one SQLite database in /data.
FROM python:3.11-slim-bookworm

# pango: the brief as PDF; Noto CJK: its typefaces on the server.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 huiying \
    && install -d -o huiying -g huiying -m 0700 /data

WORKDIR /app
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY . .
RUN python -m compileall -q -x '\.venv' .

USER huiying
ENV HUIYING_HOME=/data \
    HUIYING_LISTEN=0.0.0.0:8000 \
    HUIYING_URL=http://127.0.0.1:8000 \
    PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=5)"]
# 15 s to stop: the supervisor gives its children 10.
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["python", "manage.py", "run"]
