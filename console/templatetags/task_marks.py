"""The remaining time of a task, ticking as the clocks of a case do."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.queries.tasks import Line

register = template.Library()


@register.simple_tag
def task_words(line: Line) -> SafeString:
    """`剩 0时36分`, orange when due soon; `超时 0时30分`, red, when over."""
    facts = line.facts
    return format_html(
        '<span class="words-only" data-clock data-anchor="{}" data-due="{}" data-minutes="{}">'
        '<span class="words {}">{}</span></span>',
        int(facts.anchor_at.timestamp() * 1000),
        int(facts.due_at.timestamp() * 1000),
        facts.minutes,
        line.state,
        line.words,
    )
