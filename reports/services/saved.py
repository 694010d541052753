"""存为常用: a person's own searches, and what came in since he looked. A taste, no act of the office: no trail row."""

from datetime import datetime

from django.db import IntegrityError, transaction

from crawlers.models import Post
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require
from reports.models import SavedSearch

MOST = 12  # of one person: a row of names, not a second register
LONGEST_NAME = 20
LONGEST_ADDRESS = 4000


def save_search(*, name: str, address: str, by: User, at: datetime) -> SavedSearch:
    """Keep a search under a name. Raises Refused: no name, a name he has already, nothing asked, too many."""
    require(by, Act.SEARCH)
    name = " ".join(name.split())
    if not name:
        raise Refused("请给这个常用检索起个名字。")
    if len(name) > LONGEST_NAME:
        raise Refused(f"名字至多 {LONGEST_NAME} 个字。")
    if not address:
        raise Refused("还没有写条件：全部帖文不用存。")
    if len(address) > LONGEST_ADDRESS:
        raise Refused("条件太长，存不下；请少选几个。")
    if SavedSearch.objects.filter(person=by).count() >= MOST:
        raise Refused(f"常用检索至多 {MOST} 个，请先去掉不用的。")
    try:
        with transaction.atomic():
            return SavedSearch.objects.create(
                person=by, name=name, address=address, at=at, seen_post=newest_post(), seen_at=at
            )
    except IntegrityError as error:
        raise Refused(f"您已经有一个叫“{name}”的，请换个名字或先去掉它。") from error


def drop_search(*, saved: SavedSearch, by: User) -> None:
    """Raises Refused where it is another person's."""
    require(by, Act.SEARCH)
    if saved.person_id != by.pk:
        raise Refused("这不是您存的。")
    saved.delete()


def look(*, saved: SavedSearch, by: User, at: datetime) -> None:
    """He looked at it: from now on only what comes in later is new. Raises Refused where it is another person's."""
    require(by, Act.SEARCH)
    if saved.person_id != by.pk:
        raise Refused("这不是您存的。")
    SavedSearch.objects.filter(pk=saved.pk).update(seen_post=newest_post(), seen_at=at)


def newest_post() -> int:
    """Posts are numbered as they come in; 0 where there is none."""
    return Post.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
