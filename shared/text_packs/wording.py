"""A definition with the wording of a text pack in place of our labels."""

from __future__ import annotations

from shared.instruments.definition import AnswerSet, Choice, Instrument
from shared.text_packs.pack import TextPack
from shared.text_packs.review import answers_of


def worded(instrument: Instrument, pack: TextPack) -> Instrument:
    """``instrument`` as it may be shown: every item, lead-in and option label from ``pack``, nothing from elsewhere."""
    items = [
        item.model_copy(
            update={"text": pack.items[item.id], "text_is": "official", "stem": pack.item_stems.get(item.id)}
        )
        for item in instrument.items
    ]
    options = {name: _labelled(answers, pack.options.get(name)) for name, answers in instrument.options.items()}
    return instrument.model_copy(
        update={"language": pack.language, "stem": pack.stem, "items": tuple(items), "options": options}
    )


def _labelled(answers: AnswerSet, labels: dict[str, str] | None) -> AnswerSet:
    if labels is None or not isinstance(answers, Choice):
        return answers
    options = zip(answers.options, answers_of(answers), strict=True)
    labelled = tuple(option.model_copy(update={"label": labels[answer]}) for option, answer in options)
    return answers.model_copy(update={"options": labelled})
