"""`manage.py train-classes CSV --out DIR`: a model of a district's own classes, out of examples with their class."""

import csv
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.class_learning import FOLDS, Outcome, TooLittle, cross_validated, learn, save, version_of
from analysis.text import Body

LONGEST = 1_000_000  # characters of a field; the reader takes the first 6 000


class Command(BaseCommand):
    help = "用自己的例子训练分类：CSV 要有 text、label 两列（有 title 列也用），结果写进文件夹，供 read --taxonomy 用"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", type=Path, metavar="CSV", help="UTF-8 的 CSV，每行一条例子")
        parser.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="写到哪个文件夹；里面旧的模型会被换掉"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        bodies, labels, skipped = examples(options["csv"])
        try:
            outcome = cross_validated(bodies, labels)
            model = learn(bodies, labels, sharpness=outcome.sharpness, version=version_of(bodies, labels))
            save(model, outcome, options["out"], texts=len(bodies))
        except TooLittle as fault:
            raise CommandError(str(fault)) from fault
        except OSError as error:
            raise CommandError(f"写不进 {options['out']}（{error.strerror}）") from error
        self.tell(outcome, len(bodies), skipped, options["out"])

    def tell(self, outcome: Outcome, texts: int, skipped: int, out: Path) -> None:
        """What cross-validation saw on the error stream, in words; one object on standard output."""
        mean = sum(outcome.folds) / len(outcome.folds)
        spread = max(outcome.folds) - min(outcome.folds)
        told = [f"{texts} 条例子，{FOLDS} 折交叉验证：宏平均 F1 {mean:.3f}（各折相差至多 {spread:.3f}）"]
        told += [f"  {name}  F1 {value:.3f}" for name, value in outcome.by_class.items()]
        told += [f"  最常混淆：{meant} 判成 {said}，{times} 次" for meant, said, times in outcome.confused[:5]]
        if skipped:
            told.append(f"  {skipped} 行缺正文或类别，没有用")
        self.stderr.write("\n".join(told))
        answer = {"out": str(out), "texts": texts, "skipped": skipped, "macro_f1": round(mean, 4)}
        folds = [round(value, 4) for value in outcome.folds]
        self.stdout.write(json.dumps({**answer, "folds": folds}, ensure_ascii=False))


def examples(path: Path) -> tuple[list[Body], list[str], int]:
    """Texts and classes of the file, and how many rows lack one. Raises CommandError."""
    csv.field_size_limit(LONGEST)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise CommandError(f"读不到文件 {path}（{error.strerror}）") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path.name} 不是 UTF-8 的 CSV（{error}）") from error
    missing = [name for name in ("text", "label") if not rows or name not in rows[0]]
    if missing:
        raise CommandError(f"{path.name} 没有 {'、'.join(missing)} 列；第一行应为列名，至少有 text 和 label")
    bodies, labels = [], []
    for row in rows:
        label, text = (row["label"] or "").strip(), row["text"] or ""
        body = Body.of(row.get("title") or "", text)
        if label and body.plain:
            bodies.append(body)
            labels.append(label)
    return bodies, labels, len(rows) - len(bodies)
