"""`manage.py read --pack P [--taxonomy T] [FILE…]`: posts in (JSON Lines), readings out, in the order of the input."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from analysis.class_model import ClassModel, ClassModelError
from analysis.copy_memory import CopyMemory
from analysis.reader import ClassLike, Reader
from analysis.sentiment import WeightsError
from analysis.sentiment_engine import EngineError, sentiment_engine
from analysis.taxonomy import ClassReader
from console.post_lines import LineFault, batches, post_lines
from office import clock
from office.pack import PackError, load_pack, load_taxonomy


class Command(BaseCommand):
    help = "判读帖文：每行一条 JSON，输出相关、地点、单位、情绪、分类、问题、突发事实，各带理由"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON Lines；不写就读标准输入")
        parser.add_argument("--pack", default=str(settings.DISTRICT), help="辖区资料包：districts/ 下的名字，或路径")
        parser.add_argument(
            "--taxonomy",
            type=Path,
            metavar="FILE",
            help="另用一套分类：manage.py train-classes 训练出的文件夹，或格式同 taxonomy.yaml 的文件",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        copies = CopyMemory()
        try:
            pack = load_pack(options["pack"])
            classes, mark = other_classes(options["taxonomy"])
            reader = Reader(pack, sentiment_engine(settings.SENTIMENT), classes=classes, mark=mark)
            for batch in batches(post_lines(options["files"], pack=pack, at=at)):
                for line, reading in zip(batch, reader.read_batch([line.post for line in batch]), strict=True):
                    copy_of = copies.shown(line.id, line.post.title, line.post.text)
                    answer = {**line.passed, **reading.as_json(), "id": line.id, "copy_of": copy_of}
                    self.stdout.write(json.dumps(answer, ensure_ascii=False))
        except (PackError, LineFault, ClassModelError, WeightsError, EngineError) as fault:
            raise CommandError(str(fault)) from fault


def other_classes(path: Path | None) -> tuple[ClassLike | None, str]:
    """A reader of the classes of `--taxonomy` and how readings name it. Raises PackError and ClassModelError."""
    if path is None:
        return None, ""
    if path.suffix in (".yaml", ".yml"):
        return ClassReader(load_taxonomy(path)), f"-{path.stem}"
    model = ClassModel.load(path)
    return model, f"-{model.version}"
