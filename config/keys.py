"""The signing key of the installation: made once, kept beside the database with owner-only rights."""

import os
import secrets
from pathlib import Path


def secret_key(home: Path) -> str:
    """Read `<home>/keys/django.key`, making it on first use (mode 0600). Two processes at once agree on one key."""
    path = home / "keys" / "django.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"django.key.{os.getpid()}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(fresh, path)  # fails if another process was first: then its key counts
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="ascii").strip()
