"""What can be wrong with a search node, each with a sentence that says what to do."""


class NodeFault(Exception):
    """The node did not do what was asked. `str(fault)` is for the administrator; the index of the database answers."""


class NodeAway(NodeFault):
    """It can not be reached, or does not answer in time."""


class NotTrusted(NodeFault):
    """Its certificate is not signed by whom we trust, or is another host's."""


class WrongAccount(NodeFault):
    """It refuses the password or the key, or they may not do what we need."""


class OtherProduct(NodeFault):
    """The address is not of the kind of node that the settings name."""


class ReadOnly(NodeFault):
    """It takes no writings: its disk is nearly full, or somebody blocked the index."""


class Busy(NodeFault):
    """It has too much to do just now."""


class TooLarge(NodeFault):
    """What was sent at once is more than it takes."""


class OtherMapping(NodeFault):
    """An index that bears our name does not have our fields."""


class IndexMissing(NodeFault):
    """The index that should be there is not."""


class AlreadyThere(NodeFault):
    """What was to be made is there."""
