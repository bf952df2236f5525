"""PyTorch's files as they are read here, held against what PyTorch reads."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cnndsl_torch.checkpoints import read_entries

NUMBERS = (
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.bool),
    *(torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64),
)


def drawn(choice: random.Random) -> Any:
    """A tensor, perhaps one that shares its numbers with others, in any order."""
    shape = [choice.randint(0, 4) for _ in range(choice.randint(1, 4))]
    whole = torch.randint(-9, 9, [side + 2 for side in shape]).to(choice.choice(NUMBERS))
    found = whole[tuple(slice(choice.randint(0, 2), None, choice.randint(1, 2)) for _ in shape)]
    found = found.permute(*choice.sample(range(found.ndim), found.ndim))
    if len(found) and choice.random() < 0.2:
        found = found[:1].expand(3, *found.shape[1:])
    if found.is_floating_point() and choice.random() < 0.3:
        return torch.nn.Parameter(found)
    return found.clone() if choice.random() < 0.3 else found


@pytest.mark.parametrize("seed", range(40))
def test_what_is_read_is_what_pytorch_reads(seed: int, tmp_path: Path) -> None:
    choice = random.Random(seed)
    torch.manual_seed(seed)
    state: dict[str, Any] = {f"t{at}.weight": drawn(choice) for at in range(choice.randint(1, 5))}
    name = choice.choice(list(state))
    state["tied.weight"], state["turned.weight"] = state[name], state[name].detach()[1:]
    is_archive, protocol = choice.random() < 0.5, choice.randint(2, 5)
    path = tmp_path / "net.pt"
    torch.save(state, path, pickle_protocol=protocol, _use_new_zipfile_serialization=is_archive)
    wanted = torch.load(path, weights_only=False)
    found = read_entries(str(path))
    assert list(found) == list(wanted)
    for key, tensor in wanted.items():
        array = found[key].read()
        assert found[key].fault is None
        assert found[key].shape == array.shape == tuple(tensor.shape)
        assert f"torch.{found[key].dtype}" == str(tensor.dtype)
        plain = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
        np.testing.assert_array_equal(array, plain.detach().numpy())
