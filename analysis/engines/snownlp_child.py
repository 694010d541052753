"""Child process that scores texts with SnowNLP as shipped: one JSON line in, one JSON line out.

    python -m analysis.engines.snownlp_child

In: {"texts": ["…", …]}. Out: {"scores": [0.93, …]}, 0 negative to 1 positive, in the same order, or {"error": "…"}
for a line that cannot be read. Ends when its input ends. Importing SnowNLP takes 2.5 s and 420 MB (technology.md 1):
it must never be imported anywhere else.
"""

import json
import sys

from snownlp import SnowNLP


def main() -> None:
    for line in sys.stdin:
        try:
            texts = json.loads(line)["texts"]
        except (ValueError, KeyError, TypeError) as error:
            answer: dict[str, object] = {"error": str(error)}
        else:
            # SnowNLP divides by zero on a text without a word; such a text has no feeling.
            answer = {"scores": [float(SnowNLP(text).sentiments) if text.strip() else 0.5 for text in texts]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
