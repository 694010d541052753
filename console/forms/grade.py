"""The event grade as an input: which body gave it, in which paper or call, and when."""

from django import forms

SOURCE = {
    "grade_body": "填了事件等级，要写明由谁认定",
    "grade_reference": "填了事件等级，要写明出自哪份文件或哪个来电",
    "grade_at": "填了事件等级，要写明认定时间",
}


def grade_body() -> forms.CharField:
    return forms.CharField(label="认定单位", required=False, max_length=100)


def grade_reference() -> forms.CharField:
    return forms.CharField(label="文号或来电", required=False, max_length=200)


def ask_for_source(form: forms.Form) -> None:
    """Add an error to each field of the source that is empty beside a grade. Call from `clean`."""
    data = form.cleaned_data
    if not data.get("event_grade"):
        return
    for name, words in SOURCE.items():
        if not data.get(name) and name not in form.errors:
            form.add_error(name, words)
