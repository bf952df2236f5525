"""Other frameworks' words in recipes: answered with what to write, never with another thing."""

from __future__ import annotations

import pytest
from spec_text import module_of

from cnndsl.project.loading import check_module
from cnndsl.recipes.foreign import LACKING, OF_SETTINGS, OF_WORDS
from cnndsl.recipes.words import AUGMENTATIONS, LOSSES, METRICS, OPTIMIZERS, SCHEDULES

MODEL = "model m {\n    input 32x32x3\n    flatten -> dense(10) -> softmax\n}\n"
SETTINGS_OF_WORDS = {
    "optimizer": OPTIMIZERS,
    "loss": LOSSES,
    "schedule": SCHEDULES,
    "metrics": METRICS,
    "augment": AUGMENTATIONS,
}
ARGUMENTS = {
    "optimizer adam(lr=0.1)": "write `rate`",
    "optimizer sgd(learning_rate=0.1)": "write `rate`",
    "optimizer sgd(weight_decay=1e-4)": "write `decay`",
    "schedule step(step_size=30)": "write `every`",
    "schedule step(gamma=0.1)": "write `factor`",
}


def findings(line: str) -> list[tuple[str | None, bool]]:
    found = check_module(module_of(f"{MODEL}recipe r for m {{\n    {line}\n}}\n"))
    return [(one.diagnostic.help, bool(one.fix and one.fix.is_safe)) for one in found]


@pytest.mark.parametrize("advice", OF_SETTINGS)
def test_settings(advice: str) -> None:
    for word in OF_SETTINGS[advice].split():
        assert findings(f"{word} 1") == [(advice, False)]


@pytest.mark.parametrize("advice", OF_WORDS)
def test_words_are_answered_with_what_holds(advice: str) -> None:
    written = advice.removeprefix("write `").partition("`")[0]
    name = written.partition("(")[0]
    setting = next((one for one, family in SETTINGS_OF_WORDS.items() if name in family.words), None)
    for word in OF_WORDS[advice].split():
        assert findings(f"{setting or 'augment'} {word}") == [(advice, False)]
    if setting is not None and name not in ("binary_cross_entropy", "mean_squared_error"):
        losses = name == "mean_absolute_error"
        assert losses or not findings(f"{setting} {written}")


@pytest.mark.parametrize("word", sorted(LACKING))
def test_no_other_word_stands_in(word: str) -> None:
    for setting in SETTINGS_OF_WORDS:
        ((advice, _),) = findings(f"{setting} {word}")
        assert str(advice).startswith("there are ")


@pytest.mark.parametrize("line", ARGUMENTS)
def test_arguments(line: str) -> None:
    assert findings(line) == [(ARGUMENTS[line], False)]
