"""From the most readable form of emitted code to one that holds.

Exact first, readable second: a form is handed out if it is the checked network for the arguments
given and for every other value of the parameters in its signature, or refuses that value.
"""

from __future__ import annotations

import ast
from itertools import takewhile
from textwrap import dedent

from ...diagnostics.backends import Unsupported
from ...diagnostics.base import Finding, Rejected, SpecError
from ...record import Record
from ...values import ListValue, write
from ..effort import MOST_APART, MOST_EFFORT, Effort, Spent
from ..formulas import in_python
from ..planning import Group, Inseparable, first_groups, render
from ..renderer import NO_GUARDS, Least, Task
from .execution import Session
from .recorder import Mismatch
from .variants import Trials, is_alike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ...ir.network import Network
    from ...values import Value
    from ..renderer import Guards, Renderer
    from .execution import Framework
    from .variants import Together, Variant

    Make = Callable[[Task, list[Group]], Renderer]
    """What writes a text: a renderer for a task and the groups that share a body."""
    Level = Callable[[Sequence[Network]], list[Group]]


class EmissionFailed(Exception):
    """No form of emitted code is the checked network: a mistake in what emits it."""


MOST_STEPS = 8
"""For how many parameters a form is written one by one, where it cannot be for all values."""


class Form(Record):
    """A text, how to call what is in it, and what is wrong with it."""

    text: str
    entry: str
    parameters: Mapping[str, str]
    """Python's names of the entry's parameters, by the spec's."""
    networks: tuple[Variant, ...]
    """Those that it was written for besides the network."""


class Verdict(Record):
    """What is wrong with a form."""

    given: Exception | None
    """What it does wrong for the arguments given."""
    failing: tuple[Variant, ...] = ()
    """Values of its parameters that give another network than the checker's."""
    absent: tuple[Variant, ...] = ()
    """Values of parameters that it lacks, for which the checker gives another network."""

    @property
    def missing(self) -> tuple[Variant, ...]:
        return self.failing + self.absent

    def is_better_than(self, other: Verdict) -> bool:
        if self.given is not None:
            return False
        left = {id(one) for one in self.missing}
        return left < {id(one) for one in other.missing}


def validated(network: Network, make: Make, framework: Framework, backend: str) -> str:
    """The network's text in the most readable form that holds.

    Raises `SpecError` where each would take too long, and else `EmissionFailed`.
    """
    return Ladder(network, make, framework, backend).text()


class Ladder:
    """Tries forms for one network."""

    def __init__(self, network: Network, make: Make, framework: Framework, backend: str) -> None:
        self.network = network
        self.backend = backend
        self.make = make
        self.framework = framework
        self.trials = Trials(network)
        self.together = self.trials.together()
        """Parameters that are tried at once, as long as they hold."""
        apart = {name for one in self.together for name in one.names}
        self.variants = self.trials.apart(one for one in self.trials.names if one not in apart)
        self.joint: list[Variant] = []
        """Values of several parameters at once, each of which holds on its own."""
        self.reasons: list[Exception] = []
        """Why forms were given up."""
        self.session: Session | None = None
        """The last one."""
        self.renderings = 0
        self.effort = Effort(MOST_EFFORT)

    def text(self) -> str:
        for level in LEVELS:
            is_last = level is LEVELS[-1]
            if self.effort.left < 0 and not is_last:
                continue
            if is_last:
                self.effort = Effort(MOST_APART)
            try:
                form = self.at(level)
            except Spent:
                continue
            if form is not None:
                return form.text
        if self.effort.left < 0:
            raise SpecError((self.refusal,))
        reason = self.reasons[0]
        raise EmissionFailed(
            f"no code for `{self.network.name}` is the checked network: {reason}"
        ) from reason

    def at(self, level: Level) -> Form | None:
        """The best form that holds, of those whose groups begin at a level."""
        self.joint = []
        found = self.form(level, ())
        if found is None:
            return None
        form, verdict = self.together_with(level, *self.widened(level, *found))
        guards: Guards = {**self.lengths(form), **self.guards(form, verdict)}
        if verdict.given is None and guards:
            self.effort = Effort(max(self.effort.left, MOST_EFFORT))
            found = self.form(level, form.networks, guards, (form, verdict))
            if found is None:
                return None
            form, verdict = found
        if verdict.given is not None:
            self.reasons.append(verdict.given)
            return None
        for one in verdict.failing:
            self.reasons.append(Mismatch("", f"not for {one.parameter} = {write(one.value)}"))
        return None if verdict.failing else form

    def form(
        self,
        level: Level,
        more: tuple[Variant, ...],
        guards: Guards = NO_GUARDS,
        before: tuple[Form, Verdict] | None = None,
    ) -> tuple[Form, Verdict] | None:
        """The form for the network and others of its model, and what is wrong with it.

        None where there is none. `before` is the form without the guards. Raises `Spent` for one of
        the network alone.
        """
        task = Task((self.network, *(one.network for one in more)), guards, self.effort)

        def written(groups: list[Group]) -> Form:
            self.renderings += 1
            renderer = self.make(task, groups)
            text = renderer.render()
            return Form(text, renderer.entry.name, renderer.entry.parameters, more)

        try:
            form = render(level(task.networks), written)
            if before is not None and is_guarded(before[0].text, form.text):
                return form, self.verdict_with_guards(form, before[1])
            return form, self.verdict(form)
        except (SpecError, Rejected):  # what the backend refuses
            raise
        except Inseparable:
            return None
        except Spent:
            if more:
                return None
            raise
        except Exception as error:  # a mistake in what emits; a plainer form may do without it
            self.reasons.append(error)
            return None

    @property
    def refusal(self) -> Finding:
        """That no form can be written with the effort that there is."""
        template = self.network.template
        reason = "its code would have too many parts that differ"
        diagnostic = Unsupported(self.backend, f"`{self.network.name}`", reason)
        return Finding(diagnostic, template.location(template.heading))

    def verdict(self, form: Form) -> Verdict:
        """Run a form for the arguments given and for the other values."""
        session = self.opened(form)
        given = session.run(self.network, {})
        if given is not None:
            return Verdict(given)
        for group in [*self.together]:
            if not holds(group, session, form):
                self.together.remove(group)
                self.variants += self.trials.apart(group.names)
        names = form.parameters
        absent = [
            one
            for one in self.variants
            if one.parameter not in names and not is_alike(one.network.scope, self.network.scope)
        ]
        failing = failing_of(session, form, self.variants + self.joint)
        return Verdict(None, tuple(failing), tuple(absent))

    def verdict_with_guards(self, form: Form, before: Verdict) -> Verdict:
        """The verdict of a form that adds guards to one: what held does so still, or is refused."""
        session = self.opened(form)
        given = session.run(self.network, {})
        failing = failing_of(session, form, before.failing)
        return Verdict(given, tuple(failing), before.absent)

    def opened(self, form: Form) -> Session:
        """A form as a module that can be run."""
        self.session = Session(form.text, form.entry, self.framework, self.session)
        return self.session

    def together_with(self, level: Level, form: Form, verdict: Verdict) -> tuple[Form, Verdict]:
        """The form that holds for values of several parameters at once, too, and its verdict."""
        if verdict.given is not None:
            return form, verdict
        wrong = {id(one) for one in verdict.missing}
        right = [one for one in self.variants if id(one) not in wrong]
        kept = [one for one in right if one.parameter in form.parameters]
        self.joint = self.trials.combined(kept, self.together)
        failing = failing_of(self.opened(form), form, self.joint)
        verdict = Verdict(None, (*verdict.failing, *failing), verdict.absent)
        return self.widened(level, form, verdict, tuple(failing))

    def widened(
        self,
        level: Level,
        form: Form,
        verdict: Verdict,
        wanted: tuple[Variant, ...] | None = None,
    ) -> tuple[Form, Verdict]:
        """The form that is also written for values that the first one fails or lacks, or for some.

        For all of them, if one text can be; or else for those of as many parameters as can be added
        one by one.
        """
        best = form, verdict
        wanted = verdict.missing if wanted is None else wanted
        while verdict.given is None and wanted:
            found = self.form(level, (*form.networks, *wanted))
            if found is None or found[1].given is not None:
                break
            if found[1].is_better_than(best[1]):
                best = found
            more = tuple(one for one in found[1].missing if one not in wanted)
            if not found[1].missing or not more:
                return best
            wanted += more
        left = [one for one in best[1].missing if one in wanted]
        for more in by_parameter(left)[:MOST_STEPS]:
            for some in (more, more[:1])[: len(more)]:
                found = self.form(level, (*best[0].networks, *some))
                if found is not None and found[1].is_better_than(best[1]):
                    best = found
                    break
        return best

    def lengths(self, form: Form) -> dict[str, int]:
        """How long each list that a form takes has to be, where the checker takes one length."""
        found: dict[str, int] = {}
        for name, value in self.network.parameters:
            if name in form.parameters and isinstance(value, ListValue):
                tried = [one.value for one in self.variants if one.parameter == name]
                if all(isinstance(one, tuple) and len(one) == len(value) for one in tried):
                    found[name] = len(value)
        return found

    def guards(self, form: Form, verdict: Verdict) -> dict[str, tuple[Value, ...] | Least]:
        """The values that a form gets right, of each parameter of which it gets some wrong.

        So too of each of which some were not tried: nobody knows whether it gets them right. What
        is wrong beside others alone costs a parameter all values but its own, unless one of the
        others cannot have its value anyway.
        """
        wrong = {id(one) for one in verdict.missing}
        given = dict(self.network.parameters)
        guards: dict[str, tuple[Value, ...] | Least] = {}
        untried = [name for name in form.parameters if name in self.trials.untried]
        alone = [one for one in verdict.missing if not one.beside]
        for name in dict.fromkeys([*(one.parameter for one in alone), *untried]):
            right = [
                one.value for one in self.variants if one.parameter == name and id(one) not in wrong
            ]
            failing = [one.value for one in alone if one.parameter == name]
            bound = None if name in untried else least(failing, [given[name], *right])
            guards[name] = bound or allowed(given[name], right)
        beside = [one for one in verdict.missing if one.beside]
        for one in sorted(beside, key=lambda one: len(one.beside)):
            if not any(
                name in guards and refuses(guards[name], one.given[name]) for name in one.given
            ):
                guards[one.parameter] = (given[one.parameter],)
        return guards


def refuses(guard: tuple[Value, ...] | Least, value: Value) -> bool:
    """Whether code with a guard refuses a value."""
    if isinstance(guard, Least):
        return _is_below(guard.value, value) is True
    return value not in guard


def is_guarded(plain: str, text: str) -> bool:
    """Whether a text is another one and, at one place, statements that refuse arguments."""
    old, new = plain.splitlines(), text.splitlines()
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    end = start + len(new) - len(old)
    if new[:start] + new[end:] != old:
        return False
    try:
        added = ast.parse(dedent("\n".join(new[start:end]))).body
    except SyntaxError:
        return False
    return all(isinstance(one, ast.If) and isinstance(one.body[0], ast.Raise) for one in added)


def by_parameter(variants: Iterable[Variant]) -> list[tuple[Variant, ...]]:
    """Some variants, those of one parameter together."""
    apart: dict[str, list[Variant]] = {}
    for one in variants:
        apart.setdefault(one.parameter, []).append(one)
    return [(*found,) for found in apart.values()]


def failing_of(session: Session, form: Form, variants: Iterable[Variant]) -> list[Variant]:
    """Those that a form gets wrong, of the values of parameters that it has."""
    failing = []
    for one in variants:
        given = {form.parameters.get(name): value for name, value in one.given.items()}
        if None in given:
            continue
        error = session.run(one.network, {str(name): in_python(given[name]) for name in given})
        if error is not None and not is_refusal(error, given):
            failing.append(one)
    return failing


def is_refusal(error: Exception, names: Iterable[str | None]) -> bool:
    """Whether code refuses one of some arguments, in the words that it does so with."""
    told = tuple(f"{name} {verb} " for name in names for verb in ("must", "cannot be"))
    return isinstance(error, ValueError) and str(error).startswith(told)


def holds(group: Together, session: Session, form: Form) -> bool:
    """Whether a form has some parameters, and their networks where all have other values."""
    names = [form.parameters.get(name) for name in group.names]
    if None in names:
        return False
    return all(
        session.run(
            network,
            {form.parameters[name]: in_python(value) for name, value in values.items()},
        )
        is None
        for values, network in group.trials
    )


def least(wrong: list[Value], right: list[Value]) -> Least | None:
    """That a count is one at least, or none, where code is wrong for those below alone."""
    for bound in (1, 0):
        low, high = ([_is_below(bound, one) for one in some] for some in (wrong, right))
        if all(one is True for one in low) and all(one is False for one in high):
            return Least(bound, isinstance(right[0], ListValue))
    return None


def _is_below(bound: int, value: Value) -> bool | None:
    """Whether a count, or one of a list of them, is below a bound; None for what is no count."""
    items = value if isinstance(value, ListValue) else (value,)
    return min(items) < bound if items and all(type(one) is int for one in items) else None


def allowed(given: Value, right: list[Value]) -> tuple[Value, ...]:
    """A value and others that are right, in order; three or more integers in a row alone.

    Of lists the one given alone: that others hold which were tried says nothing to a reader.
    """
    if isinstance(given, tuple):
        return (given,)
    values = [given, *right]
    if not all(isinstance(one, int | float) for one in values):
        return tuple(values)
    low = high = given
    while low - 1 in right:
        low -= 1
    while high + 1 in right:
        high += 1
    is_row = type(given) is int and high - low >= 2
    return tuple(range(low, high + 1)) if is_row else tuple(sorted(values))


# Where groups begin


def shared(networks: Sequence[Network]) -> list[Group]:
    """All instances of a block in one group, until something parts them."""
    return first_groups(networks)


def model_apart(networks: Sequence[Network]) -> list[Group]:
    """The model outlined for its one instance."""
    *blocks, model = alone(networks)
    return [*blocks, Group(model.template, model.scopes, is_concrete=True)]


def all_apart(networks: Sequence[Network]) -> list[Group]:
    """Every instance outlined on its own."""
    return [
        Group(group.template, [scope], is_concrete=True)
        for group in alone(networks)
        for scope in group.scopes
    ]


def alone(networks: Sequence[Network]) -> list[Group]:
    if len(networks) > 1:
        raise Inseparable(networks[0].name)
    return first_groups(networks)


LEVELS: tuple[Level, ...] = (shared, model_apart, all_apart)
