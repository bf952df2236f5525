"""What writes code for each backend, and the stand-ins that it is validated with."""

from __future__ import annotations

import functools
from typing import Any

from cnndsl_keras.backend import DIALECT as KERAS
from cnndsl_keras.stand_ins import KerasStandIns
from cnndsl_numpy.backend import DIALECT as NUMPY
from cnndsl_numpy.stand_ins import NumpyStandIns
from cnndsl_torch.renderer import ModuleRenderer
from cnndsl_torch.stand_ins import TorchStandIns

from cnndsl.emit.functional import FunctionalRenderer

MAKERS: dict[str, tuple[Any, Any]] = {
    "torch": (ModuleRenderer, TorchStandIns),
    "keras": (functools.partial(FunctionalRenderer, dialect=KERAS), KerasStandIns),
    "numpy": (functools.partial(FunctionalRenderer, dialect=NUMPY), NumpyStandIns),
}
