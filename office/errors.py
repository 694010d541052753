"""The few typed errors of the product."""


class Refused(Exception):
    """An act a person may not do, or not like this. `str(error)` is a sentence in Chinese for that person."""


class Changed(Refused):
    """Somebody else saved the same thing first. The page shows both versions; saving again takes this one knowingly."""


class SendError(Exception):
    """A channel could not send. `permanent` says whether trying again can help."""

    def __init__(self, sentence: str, *, permanent: bool) -> None:
        super().__init__(sentence)
        self.permanent = permanent
