"""A model: what it computes, and how it learns."""

from cnndsl_numpy.computation import Computation, Precision
from cnndsl_numpy.training import evaluate, fit

__all__ = ["Model", "Precision"]


class Model(Computation):
    """A network that runs forward and backward, and trains; built like a `Computation`."""

    fit = fit
    evaluate = evaluate
