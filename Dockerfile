# One image for every part of the service: pages, workers, beat, clocks, and the embedded service in one container.
FROM python:3.11-slim-bookworm AS packages
# A layer that only changes with the list of packages; nothing of the building stays in the image.
RUN python -m venv /opt/venv
COPY requirements/run.txt /tmp/run.txt
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r /tmp/run.txt

FROM python:3.11-slim-bookworm
# pango: the brief as PDF; open Chinese typefaces on the server; pg_dump and pg_restore for backups of PostgreSQL.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
        fonts-noto-cjk fonts-lxgw-wenkai postgresql-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 huiying \
    && install -d -o huiying -g huiying -m 0700 /data
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY . .
RUN python -m compileall -q .

USER 10001:10001
ENV HUIYING_HOME=/data \
    HUIYING_LISTEN=0.0.0.0:8000 \
    HUIYING_URL=http://127.0.0.1:8000
VOLUME /data
EXPOSE 8000
# 15 s to stop: the supervisor gives its children 10.
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["python", "manage.py", "run"]
