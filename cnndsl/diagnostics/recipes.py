"""CNN9xx: recipes, which say how a model is trained."""

from __future__ import annotations

from .base import Diagnostic, did_you_mean


class UnknownSetting(Diagnostic):
    """A line of a recipe that begins with none of the words that recipes have.

    A setting that nobody reads would leave its default in force, and the training would not be the
    one that was written down.
    """

    code = "CNN901"
    name: str
    known: tuple[str, ...]
    advice: str | None = None
    message_template = "a recipe has no setting `{name}`"
    help_template = "the settings are {known}"


class WrongSetting(Diagnostic):
    """A setting whose value is none that it takes."""

    code = "CNN902"
    name: str
    expected: str
    example: str
    message_template = "`{name}` takes {expected}"
    help_template = "write `{example}`"


class UnknownWord(Diagnostic):
    """A loss, an optimizer or another word of a recipe that there is not."""

    code = "CNN903"
    title: str
    name: str
    known: tuple[str, ...]
    advice: str | None = None
    message_template = "`{name}` is not {title}"
    help_template = "there are {known}"


class WhichModelTrained(Diagnostic):
    """A recipe for a model that the file neither defines nor imports, or for one of several."""

    code = "CNN904"
    recipe: str
    name: str | None
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        if self.name is None:
            return f"recipe {self.recipe} does not say which model it is for"
        return f"recipe {self.recipe} is for `{self.name}`, which is no model here"

    @property
    def help(self) -> str | None:
        if self.name is not None and (meant := did_you_mean(self.name, self.known)):
            return meant
        if not self.known:
            return 'define the model, or import it: `import lenet5 from "zoo:lenet5"`'
        return f"write `recipe {self.recipe} for {self.known[0]}`"


class LossMisfit(Diagnostic):
    """A loss that cannot be taken of an output, or an output that no loss is said for.

    Cross entropy takes a softmax's probabilities, or scores; of a sigmoid's it would be another
    number than it seems, and so would binary cross entropy of a softmax's.
    """

    code = "CNN905"
    output: str
    reason: str
    advice: str | None = None
    message_template = "output {output}: {reason}"


class NoSuchLayers(Diagnostic):
    """A pattern of paths that no layer with weights has.

    What was to be frozen, or may be missing from a file, would not be.
    """

    code = "CNN906"
    name: str
    known: tuple[str, ...]
    message_template = 'no layer with weights matches "{name}"'
    help_template = 'paths begin with {known}; `*` stands for anything, "..x" for all up to x'


class WordMisfit(Diagnostic):
    """A metric or an augmentation that this model's output or input does not allow."""

    code = "CNN907"
    name: str
    reason: str
    advice: str | None = None
    message_template = "`{name}` {reason}"


class UnknownRecipe(Diagnostic):
    """`--recipe` names a recipe that the file does not have."""

    code = "CNN908"
    name: str
    known: tuple[str, ...]
    message_template = "no recipe is named `{name}`"
    help_template = "there are: {known}"


class WhichRecipe(Diagnostic):
    """A file with several recipes, and no `--recipe` that says which is meant."""

    code = "CNN909"
    recipes: tuple[str, ...]
    message_template = "there are several recipes: {recipes}"

    @property
    def help(self) -> str:
        return f"choose one with `--recipe {self.recipes[0]}`"
