"""The PyTorch backend: `nn.Module` classes in NCHW."""

from __future__ import annotations

from cnndsl.backend import execute
from cnndsl.emit.classes.renderer import class_name, emit
from cnndsl_torch import probes
from cnndsl_torch.dialect import DIALECT
from cnndsl_torch.modules import LOWERINGS
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cnndsl.ir.network import Network
    from cnndsl.ops.base import Op


class TorchBackend:
    """Emits and builds PyTorch modules."""

    name = "torch"
    framework = "torch"
    extra = "torch"
    keeps_unbiased_variance = True

    def emit(self, network: Network) -> str:
        LOWERINGS.check(network)
        return emit(network, DIALECT)

    def build(self, network: Network) -> Any:
        return execute(self.emit(network), network.name)[class_name(network, DIALECT)]()

    def kinds_in_32_bits(self, op: Op) -> frozenset[str]:
        """What `verify` compares that an op computes with a constant in 32 bits, always."""
        return LOWERINGS[type(op)].coarse(op)

    def build_in(self, network: Network, dtype: str) -> Any:
        """A live model that computes in `float32` or `float64`."""
        import torch

        return self.build(network).to(getattr(torch, dtype))

    def activations(
        self, model: Any, network: Network, images: Any, training: bool = False
    ) -> Mapping[str, Any]:
        return probes.activations(model, network, images, training)

    def gradients(
        self,
        model: Any,
        network: Network,
        images: Any,
        cotangents: Sequence[Any],
        training: bool = False,
    ) -> Mapping[str, Any]:
        return probes.gradients(model, network, images, cotangents, training)

    def shapes(self, model: Any, network: Network) -> Mapping[str, tuple[int, ...]]:
        """Each module layer's shape, seen on one image; merges are no modules and are left out."""
        import numpy as np

        shapes: dict[str, tuple[int, ...]] = {}
        modules = dict(model.named_modules())
        handles = []
        for layer in network.layers:
            if layer.path in modules:

                def note(_module: Any, _inputs: Any, output: Any, path: str = layer.path) -> None:
                    dims = tuple(output.shape[1:])
                    shapes[path] = (*dims[1:], dims[0]) if len(dims) == 3 else dims

                handles.append(modules[layer.path].register_forward_hook(note))
        try:
            outputs_of(model, np.zeros((1, *network.input_shape.dims), np.float32))
        finally:
            for handle in handles:
                handle.remove()
        return shapes

    def weights(self, model: Any, network: Network) -> Mapping[str, Any]:
        import numpy as np

        state = model.state_dict()
        return {
            entry.key: np.array(
                entry.to_canonical(state[entry.state_key].detach().cpu().numpy()), order="C"
            )
            for entry in entries(network)
        }

    def load_weights(self, model: Any, network: Network, weights: Mapping[str, Any]) -> None:
        """Set all weights from canonical arrays, or none: all misfits are reported at once."""
        import numpy as np
        import torch

        expected = {entry.key: entry for entry in entries(network)}
        arrays = {key: np.asarray(array) for key, array in weights.items()}
        misfits = [f"{key}: unexpected" for key in arrays if key not in expected]
        for key, entry in expected.items():
            if key not in arrays:
                misfits.append(f"{key}: missing, expected shape {entry.weight.shape}")
            elif arrays[key].shape != entry.weight.shape:
                shapes = f"found shape {arrays[key].shape}, expected {entry.weight.shape}"
                misfits.append(f"{key}: {shapes}")
        if misfits:
            listed = "\n  ".join(misfits)
            raise ValueError(f"the weights do not fit model {network.name!r}:\n  {listed}")
        state = model.state_dict()
        for key, entry in expected.items():
            turned = np.ascontiguousarray(entry.from_canonical(arrays[key]))
            state[entry.state_key] = torch.tensor(turned)
        model.load_state_dict(state)

    def predict(self, model: Any, images: Any) -> tuple[Any, ...]:
        arrays = [output.cpu().numpy() for output in outputs_of(model, images)]
        return tuple(array.transpose(0, 2, 3, 1) if array.ndim == 4 else array for array in arrays)


def outputs_of(model: Any, images: Any) -> tuple[Any, ...]:
    """A model's outputs in inference, for a batch of images (NHWC)."""
    import torch

    with probes.Mode(model, training=False), torch.no_grad():
        outputs = model(probes.as_batch(model, images))
    return outputs if isinstance(outputs, tuple) else (outputs,)


BACKEND = TorchBackend()
