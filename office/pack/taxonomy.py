"""taxonomy.yaml: the classes of matters, their words, the unit that answers, which of them are priority."""

from pydantic import Field, model_validator

from office.pack.part import Part


class MatterClass(Part):
    """A class. A word in `strong` weighs 3, in `words` 1; one in `against` takes 2 away.

    `priority`: a class of R4, with its own lower threshold (rules.md 3). `unit` answers first.
    """

    name: str
    unit: str
    co_units: tuple[str, ...] = ()
    priority: bool = False
    group: str = ""
    strong: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_words(self) -> "MatterClass":
        if not self.strong and not self.words:
            raise ValueError("至少一个词（strong 或 words）")
        return self


class Taxonomy(Part):
    """`other` is the name given where no class fits."""

    other: str = "其他"
    minimum: float = Field(default=2.0, gt=0)
    classes: tuple[MatterClass, ...]

    @model_validator(mode="after")
    def _names_once(self) -> "Taxonomy":
        names = [c.name for c in self.classes]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"每个类名只写一次（{'、'.join(twice)} 写了两次）")
        return self

    def named(self, name: str) -> MatterClass | None:
        """The class of that name."""
        return next((c for c in self.classes if c.name == name), None)
