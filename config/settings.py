"""Every switch of the service, named and explained here and nowhere else. No logic lives in this file.

All values come from the environment (`HUIYING_*`); a secret may come from a file (`NAME_FILE`). A wrong value is
refused at start with a number and a hint (`config/env.py`).
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from config.bells import redis_address
from config.database import database
from config.env import (
    envaccount,
    envaddress,
    envbool,
    envca,
    envchoice,
    envfolder,
    envint,
    envip,
    envtext,
    envtime,
    envurl,
)
from config.keys import secret_key
from config.kibana import kibana_space, kibana_url
from config.search import node_prefix, node_urls
from console.drill.rhythm import rehearsed

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where things are -------------------------------------------------------------------------------------------
# HUIYING_HOME: database, inbox, snapshots, keys, logs. Default: var/ beside the code.
HOME = Path(os.environ.get("HUIYING_HOME", "") or BASE_DIR / "var").resolve()
# HUIYING_DATABASE: postgresql://user@host:port/name, for several machines; empty = SQLite in the home.
# Its password: in the address, or HUIYING_DATABASE_PASSWORD (or HUIYING_DATABASE_PASSWORD_FILE).
# HUIYING_DATABASE_POOL: connections one process holds at most, 12.
# HUIYING_DATABASE_NAME: set by the service for a drill's own processes only: their database on the same server.
# HUIYING_PAGES: set by the service for its web processes only: SQLite's log is written back by others.
# HUIYING_REDIS: redis://[:password@]host:6379/0, the doorbells of Celery's workers and beat; only they read it.
# Its password: in the address, or HUIYING_REDIS_PASSWORD (or HUIYING_REDIS_PASSWORD_FILE).
REDIS = redis_address()
# HUIYING_SEARCH_URL: a search node beside the database, http(s)://host:9200, several of one cluster by comma; empty =
# the index in the database alone. A drill and a replay always search in their own database.
SEARCH_URLS = () if envbool("HUIYING_DRILL", False) or envbool("HUIYING_REPLAY", False) else node_urls()
# HUIYING_SEARCH_KIND: elasticsearch (8.19) or opensearch (2.x).
SEARCH_KIND = envchoice("HUIYING_SEARCH_KIND", "elasticsearch", ("elasticsearch", "opensearch"))
# HUIYING_SEARCH_USER and HUIYING_SEARCH_PASSWORD, or HUIYING_SEARCH_API_KEY; each may be a file (NAME_FILE).
SEARCH_USER, SEARCH_PASSWORD, SEARCH_API_KEY = envaccount("HUIYING_SEARCH_URL")
# HUIYING_SEARCH_CA: file of the certificates an https:// node is checked by; empty = those of the system.
SEARCH_CA = envca("HUIYING_SEARCH_URL", SEARCH_URLS)
# HUIYING_SEARCH_PREFIX: what the names of its indices begin with; two installations on one cluster need two.
SEARCH_PREFIX = node_prefix()
# HUIYING_SEARCH_TIMEOUT: seconds a search waits for the node before the database answers.
SEARCH_TIMEOUT = envint("HUIYING_SEARCH_TIMEOUT", 5, 1, 60)
# HUIYING_KIBANA_URL: a Kibana 8.19 on that node, http(s)://host:5601; only `manage.py kibana push` calls it.
KIBANA_URL = kibana_url()
# HUIYING_KIBANA_USER and HUIYING_KIBANA_PASSWORD, or HUIYING_KIBANA_API_KEY; each may be a file (NAME_FILE).
KIBANA_USER, KIBANA_PASSWORD, KIBANA_API_KEY = envaccount("HUIYING_KIBANA_URL")
# HUIYING_KIBANA_CA: file of the certificates an https:// Kibana is checked by; empty = those of the system.
KIBANA_CA = envca("HUIYING_KIBANA_URL", [KIBANA_URL])
# HUIYING_KIBANA_SPACE: the space its boards stand in, made where it is not there.
KIBANA_SPACE = kibana_space()
# HUIYING_KIBANA_TIMEOUT: seconds a push waits for an answer.
KIBANA_TIMEOUT = envint("HUIYING_KIBANA_TIMEOUT", 60, 1, 600)
# HUIYING_DISTRICT: name of a folder of districts/, or the path of a pack that lives elsewhere.
DISTRICT = os.environ.get("HUIYING_DISTRICT", "") or "xicheng"
# HUIYING_DATA: real data for benches and replay; never needed by the service or its tests.
DATA = Path(os.environ.get("HUIYING_DATA", "") or BASE_DIR.parent / "shared" / "data")
# HUIYING_LISTEN: address the web server binds.
LISTEN = envaddress("HUIYING_LISTEN", "127.0.0.1:8000")
# HUIYING_DRILL_PORT: port of the second web process that a drill starts. Default: the listening port + 1.
DRILL_PORT = envint("HUIYING_DRILL_PORT", LISTEN[1] + 1, 1, 65535)
# HUIYING_URL: the address people reach the console at; links in messages are built on it.
URL = envurl("HUIYING_URL", f"http://{LISTEN[0]}:{LISTEN[1]}")
# HUIYING_HOSTS: further host names the console answers to, separated by commas.
HOSTS = [h.strip() for h in os.environ.get("HUIYING_HOSTS", "").split(",") if h.strip()]
# HUIYING_TRUSTED_PROXY: IP address of the TLS proxy in front of us; X-Forwarded-For and -Proto count from it alone.
TRUSTED_PROXY = envip("HUIYING_TRUSTED_PROXY")
# HUIYING_DRILL_URL: the address people reach a drill's pages at, where a proxy stands in front of them too.
DRILL_URL = envurl("HUIYING_DRILL_URL", "")
# HUIYING_PING_URL: called after a clock sweep has really run; its absence alarms outside (a watchdog service).
PING_URL = envurl("HUIYING_PING_URL", "")
# HUIYING_PROXY: the office's outbound proxy for crawling, http://host:port; empty = direct.
PROXY = envurl("HUIYING_PROXY", "")
# HUIYING_CONTACT: contact named in the crawler's User-Agent (mail or page of the office).
CONTACT = envtext("HUIYING_CONTACT", "")
# HUIYING_SENTIMENT: engine of sentiment: linear (ours) or snownlp (in its own child process).
SENTIMENT = envchoice("HUIYING_SENTIMENT", "linear", ("linear", "snownlp"))
# HUIYING_DRILL: set by the service for a drill's own processes only: marks every page and message 演练.
DRILL = envbool("HUIYING_DRILL", False)
# HUIYING_REPLAY: set by `manage.py replay` for its own process only: nobody is there, repeats are counts, not rows.
REPLAY = envbool("HUIYING_REPLAY", False)
# HUIYING_CLOCK_FILE: set by the service for a drill's own processes only: the file that holds its simulated time.
CLOCK_FILE = os.environ.get("HUIYING_CLOCK_FILE", "")
# HUIYING_LOOPBACK: one exact 127.0.0.1:port a drill hands its spiders; read in drill processes only (rules.md 11).
LOOPBACK = os.environ.get("HUIYING_LOOPBACK", "") if DRILL else ""

# --- room on the disk -----------------------------------------------------------------------------------------------
# HUIYING_DISK_WARN: percent of the disk in use from which administrators are told.
DISK_WARN = envint("HUIYING_DISK_WARN", 85, 1, 99)
# HUIYING_DISK_STOP: percent from which nothing more is crawled or imported, so that clocks and people can still write.
DISK_STOP = envint("HUIYING_DISK_STOP", 95, 2, 100)

# --- backup -------------------------------------------------------------------------------------------------------
# HUIYING_BACKUP_DIR: folder for a backup every night, best on another disk or machine; empty = none is made by itself.
BACKUP_DIR = None if DRILL or REPLAY else envfolder("HUIYING_BACKUP_DIR")
# HUIYING_BACKUP_KEYS: folder for the key file of each backup; empty = beside the backups, to be moved away by hand.
BACKUP_KEYS = envfolder("HUIYING_BACKUP_KEYS")
# HUIYING_BACKUP_AT: time of day of the nightly backup, in the pack's zone.
BACKUP_AT = envtime("HUIYING_BACKUP_AT", "02:30")
# HUIYING_BACKUP_KEEP: how many nightly backups are kept; those made by hand are never removed.
BACKUP_KEEP = envint("HUIYING_BACKUP_KEEP", 7, 1, 1000)

# --- mail ---------------------------------------------------------------------------------------------------------
# HUIYING_SMTP: host:port of the mail server; empty = no mail (notices stay in the console).
SMTP = envaddress("HUIYING_SMTP", "") if os.environ.get("HUIYING_SMTP") else None
# HUIYING_SMTP_USER and HUIYING_SMTP_PASSWORD (or HUIYING_SMTP_PASSWORD_FILE): its account, where it asks for one.
SMTP_USER = envtext("HUIYING_SMTP_USER")
SMTP_PASSWORD = envtext("HUIYING_SMTP_PASSWORD")  # or HUIYING_SMTP_PASSWORD_FILE
# HUIYING_SMTP_TLS: starttls, tls or none.
SMTP_TLS = envchoice("HUIYING_SMTP_TLS", "starttls", ("starttls", "tls", "none"))
# HUIYING_MAIL_FROM: the sender of our mail.
MAIL_FROM = envtext("HUIYING_MAIL_FROM", "huiying@localhost")
# HUIYING_WEBHOOK: one apprise address (WeCom, DingTalk, Feishu, …) notices also go to; a secret.
WEBHOOK = envtext("HUIYING_WEBHOOK")

# --- the sweeps, in the order of a post's way: the product on one page --------------------------------------------
# every: seconds, 0 = in every round. family: reading (may be slow) and clock (must never wait for reading) run in
# two child processes. queue: its kind, for several machines (`tick --only clocks,notices`, a Celery queue each).
SCHEDULE = [
    {"name": "crawl", "task": "crawlers.tasks.crawl", "every": 5, "family": "reading", "queue": "crawl"},
    {"name": "ingest", "task": "crawlers.tasks.ingest", "every": 1, "family": "reading", "queue": "crawl"},
    {"name": "read", "task": "analysis.tasks.read", "every": 1, "family": "reading", "queue": "read"},
    {"name": "file", "task": "analysis.tasks.file", "every": 1, "family": "reading", "queue": "read"},
    {"name": "index", "task": "analysis.tasks.index", "every": 2, "family": "reading", "queue": "read"},
    {"name": "warn", "task": "alerts.tasks.warn", "every": 1, "family": "reading", "queue": "read"},
    {"name": "lead", "task": "responses.tasks.lead", "every": 1, "family": "reading", "queue": "read"},
    {"name": "ask", "task": "responses.tasks.ask", "every": 5, "family": "reading", "queue": "read"},
    {"name": "time", "task": "console.tasks.watch_time", "every": 0, "family": "clock", "queue": "clocks"},
    {"name": "learn", "task": "analysis.tasks.learn", "every": 2, "family": "reading", "queue": "read"},
    {"name": "tidy", "task": "analysis.tasks.tidy", "every": 3600, "family": "reading", "queue": "read"},
    {"name": "retention", "task": "console.tasks.retain", "every": 30, "family": "reading", "queue": "reports"},
    {"name": "clocks", "task": "alerts.tasks.clocks", "every": 10, "family": "clock", "queue": "clocks"},
    {"name": "notify", "task": "alerts.tasks.notify", "every": 2, "family": "clock", "queue": "notices"},
    {"name": "roster", "task": "responses.tasks.roster", "every": 60, "family": "clock", "queue": "notices"},
    {"name": "supervise", "task": "responses.tasks.supervise", "every": 20, "family": "clock", "queue": "notices"},
    {"name": "tasks", "task": "responses.tasks.remind", "every": 30, "family": "clock", "queue": "notices"},
    {"name": "samples", "task": "responses.tasks.samples", "every": 3600, "family": "clock", "queue": "reports"},
    {"name": "briefs", "task": "reports.tasks.briefs", "every": 20, "family": "clock", "queue": "notices"},
    {"name": "send_briefs", "task": "reports.tasks.send_briefs", "every": 20, "family": "clock", "queue": "notices"},
    {"name": "boards", "task": "reports.boards.tasks.follow", "every": 10, "family": "reading", "queue": "reports"},
    {"name": "drills", "task": "console.tasks.settle_drills", "every": 20, "family": "clock", "queue": "clocks"},
    {"name": "disk", "task": "console.tasks.watch_disk", "every": 60, "family": "clock", "queue": "clocks"},
    {"name": "backup", "task": "console.tasks.keep_backup", "every": 60, "family": "clock", "queue": "reports"},
]
if DRILL and CLOCK_FILE:  # its time is the scenario's
    SCHEDULE = rehearsed(SCHEDULE)
# Of several processes one at a time runs these (office/turns.py); the others are safe at once by their claims.
ALONE = frozenset({"ingest", "read", "file", "index", "warn", "lead", "ask", "learn", "tidy", "retention", "boards"})

# --- Django -------------------------------------------------------------------------------------------------------
SECRET_KEY = secret_key(HOME)
DEBUG = False
_REACHED = urlsplit(URL)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver", LISTEN[0], *HOSTS, *filter(None, [_REACHED.hostname])]
# Behind a TLS proxy (HUIYING_URL is https) cookies travel over TLS only.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _REACHED.scheme == "https"
CSRF_TRUSTED_ORIGINS = [f"https://{_REACHED.netloc}"] if SESSION_COOKIE_SECURE else []
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "office",
    "crawlers",
    "analysis",
    "alerts",
    "responses",
    "reports",
    "console",
]
MIDDLEWARE = [
    "console.middleware.ServerTiming",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "console.drill.gate.DrillGate",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "console.middleware.DeskMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": database(HOME, drill=DRILL, replay=REPLAY)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "office.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
CSRF_FAILURE_VIEW = "console.views.errors.forged"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "huiying_drill" if DRILL else "huiying"
CSRF_COOKIE_NAME = "huiying_drill_csrf" if DRILL else "huiying_csrf"
LANGUAGE_CODE = "zh-hans"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # files are served from the apps themselves; nothing is collected
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
LOGGING_CONFIG = None
