"""The PyTorch backend: `nn.Module` classes in NCHW."""

from __future__ import annotations

from cnndsl.backend import execute
from cnndsl.emission.planning import render
from cnndsl_torch.renderer import ModuleRenderer, class_name
from cnndsl_torch.weights import entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cnndsl.network import Network


class TorchBackend:
    """Emits and builds PyTorch modules."""

    name = "torch"
    framework = "torch"
    extra = "torch"

    def emit(self, network: Network) -> str:
        return render(network, lambda groups: ModuleRenderer(network, groups).render())

    def build(self, network: Network) -> Any:
        return execute(self.emit(network), network.name)[class_name(network)]()

    def shapes(self, model: Any, network: Network) -> Mapping[str, tuple[int, ...]]:
        """Each module layer's shape, seen on one image; merges are no modules and are left out."""
        import torch

        shapes: dict[str, tuple[int, ...]] = {}
        modules = dict(model.named_modules())
        handles = []
        for layer in network.layers:
            if layer.path in modules:

                def note(_module: Any, _inputs: Any, output: Any, path: str = layer.path) -> None:
                    dims = tuple(output.shape[1:])
                    shapes[path] = (*dims[1:], dims[0]) if len(dims) == 3 else dims

                handles.append(modules[layer.path].register_forward_hook(note))
        was_training = model.training
        model.eval()
        device = next((one.device for one in model.parameters()), torch.device("cpu"))
        with torch.no_grad():
            model(torch.zeros(1, *channels_first(network.input_shape.dims), device=device))
        model.train(was_training)
        for handle in handles:
            handle.remove()
        return shapes

    def weights(self, model: Any, network: Network) -> Mapping[str, Any]:
        state = model.state_dict()
        return {
            entry.key: entry.to_canonical(state[entry.state_key].detach().cpu().numpy())
            for entry in entries(network)
        }

    def load_weights(self, model: Any, network: Network, weights: Mapping[str, Any]) -> None:
        import numpy as np
        import torch

        expected = {entry.key: entry for entry in entries(network)}
        check_keys(expected, weights)
        state = model.state_dict()
        for key, entry in expected.items():
            array = np.asarray(weights[key])
            if array.shape != entry.weight.shape:
                raise ValueError(f"{key} has shape {array.shape}, not {entry.weight.shape}")
            turned = np.ascontiguousarray(entry.from_canonical(array))
            state[entry.state_key] = torch.from_numpy(turned)
        model.load_state_dict(state)

    def predict(self, model: Any, images: Any) -> tuple[Any, ...]:
        import numpy as np
        import torch

        array = np.asarray(images)
        turned = array.transpose(0, 3, 1, 2) if array.ndim == 4 else array
        parameter = next(iter(model.parameters()), None)
        inputs = torch.from_numpy(np.ascontiguousarray(turned))
        if parameter is not None:
            inputs = inputs.to(parameter.device, parameter.dtype)
        was_training = model.training
        model.eval()
        with torch.no_grad():
            outputs = model(inputs)
        model.train(was_training)
        listed = outputs if isinstance(outputs, tuple) else (outputs,)
        arrays = [output.cpu().numpy() for output in listed]
        return tuple(
            output.transpose(0, 2, 3, 1) if output.ndim == 4 else output for output in arrays
        )


def channels_first(dims: tuple[int, ...]) -> tuple[int, ...]:
    return (dims[2], dims[0], dims[1]) if len(dims) == 3 else dims


def check_keys(expected: Mapping[str, object], found: Mapping[str, object]) -> None:
    """Raise `ValueError` for weights that are missing or too many."""
    missing = [key for key in expected if key not in found]
    extra = [key for key in found if key not in expected]
    if missing:
        raise ValueError(f"{len(missing)} weights are missing, the first is {missing[0]}")
    if extra:
        raise ValueError(f"{len(extra)} weights are not the model's, the first is {extra[0]}")


BACKEND = TorchBackend()
