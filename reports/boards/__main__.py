"""`python -m reports.boards [--check]`: write huiying.ndjson, or say whether it is as the builders make it."""

import sys

from reports.boards.made import FILE, made


def main() -> int:
    text = made()
    if "--check" in sys.argv[1:]:
        if FILE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{FILE} is not as the builders make it: run python -m reports.boards", file=sys.stderr)
        return 1
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
