"""对应答复 and what else a person does to a question; each form knows its one service."""

from datetime import datetime
from typing import ClassVar

from django import forms

from console.forms.fields import DeskForm
from console.queries import asked
from office.models import User
from responses.models import Asked, Question, Release
from responses.services import questions
from responses.services.questions.counting import family_of

OFFERED = 200  # questions another may be joined into


class QuestionForm(DeskForm):
    """`version` is what the person saw; the service refuses when somebody was faster."""

    done: ClassVar[str] = "已办。"
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, question: Question, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self.offer()

    def offer(self) -> None:
        """Fill the lists a form chooses from."""

    def run(self, *, by: User, at: datetime) -> Question:
        raise NotImplementedError

    @property
    def seen(self) -> int | None:
        version: int | None = self.cleaned_data.get("version")
        return version


class MarkForm(QuestionForm):
    done = "已标，留痕。"
    state = forms.ChoiceField(label="答了没有", choices=Question.State.choices, widget=forms.RadioSelect)
    release = forms.ModelChoiceField(
        label="哪份发布回答的", queryset=Release.objects.none(), required=False, empty_label="还没有",
        help_text="只列本事项填报过、没有退回的",
    )  # fmt: skip
    note = forms.CharField(
        label="说明", required=False, max_length=100, help_text="部分、未答的写一句：列入发布会答问、问区城市管理委"
    )

    def offer(self) -> None:
        field = self.fields["release"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = asked.releases_for(family_of(self.question.issue))
        setattr(field, "label_from_instance", lambda release: f"{release.title}（{release.channel}）")  # noqa: B010 - the field has no other way

    def run(self, *, by: User, at: datetime) -> Question:
        data = self.cleaned_data
        return questions.mark_question(
            question=self.question, state=data["state"], release=data["release"], remark=data["note"], by=by, at=at,
            version=self.seen,
        )  # fmt: skip


class WordsForm(QuestionForm):
    done = "已换用这句原话。"
    asked = forms.ModelChoiceField(label="用哪一句原话", queryset=Asked.objects.none())

    def offer(self) -> None:
        field = self.fields["asked"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Asked.objects.filter(question=self.question)

    def run(self, *, by: User, at: datetime) -> Question:
        chosen = self.cleaned_data["asked"]
        return questions.choose_words(question=self.question, asked=chosen, by=by, at=at, version=self.seen)


class JoinForm(QuestionForm):
    done = "已并为一个问题，可以再拆开。"
    into = forms.TypedChoiceField(label="并入哪一个", coerce=int, empty_value=None)

    def offer(self) -> None:
        field = self.fields["into"]
        assert isinstance(field, forms.TypedChoiceField)
        others = asked.of_family(family_of(self.question.issue)).exclude(pk=self.question.pk)[:OFFERED]
        shown = [(line.question.pk, f"{line.words}（{line.question.posts} 帖）") for line in asked.lines(others)]
        field.choices = [("", "请选一个"), *shown]

    def run(self, *, by: User, at: datetime) -> Question:
        other = Question.objects.get(pk=self.cleaned_data["into"])
        return questions.join_questions(question=self.question, into=other, by=by, at=at, version=self.seen)


class SplitForm(QuestionForm):
    done = "已分出，单独成一个问题；分错了可以放回去。"
    ask = forms.ModelChoiceField(label="哪一句问的是别的", queryset=Asked.objects.none())

    def offer(self) -> None:
        field = self.fields["ask"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Asked.objects.filter(question=self.question)

    def run(self, *, by: User, at: datetime) -> Question:
        chosen = self.cleaned_data["ask"]
        return questions.split_question(question=self.question, asked=chosen, by=by, at=at, version=self.seen)


class PartForm(QuestionForm):
    done = "已拆开，各是各的。"

    def run(self, *, by: User, at: datetime) -> Question:
        return questions.part_question(question=self.question, by=by, at=at, version=self.seen)


class HideForm(QuestionForm):
    done = "已标为不是问题，可以恢复。"

    def run(self, *, by: User, at: datetime) -> Question:
        return questions.hide_question(question=self.question, by=by, at=at, version=self.seen)


class ShowForm(QuestionForm):
    done = "已恢复。"

    def run(self, *, by: User, at: datetime) -> Question:
        return questions.show_question(question=self.question, by=by, at=at, version=self.seen)


ACTS: dict[str, type[QuestionForm]] = {
    "mark": MarkForm,
    "words": WordsForm,
    "join": JoinForm,
    "part": PartForm,
    "split": SplitForm,
    "hide": HideForm,
    "show": ShowForm,
}
