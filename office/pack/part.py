"""What every part of a pack has in common."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A frozen piece of a pack; a key the schema does not know is refused, so that a slip of the pen is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
