"""The brief as a page that prints like the document: what the console shows, what PDF is made from."""

from django.template.loader import render_to_string

from reports.document import Document


def draw_html(document: Document) -> str:
    """A whole page with its own style, without any outside file. Everything is escaped by the template."""
    return render_to_string("reports/brief.html", {"document": document})
