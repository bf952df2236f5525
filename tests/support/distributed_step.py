"""One step of DistributedDataParallel in two processes, of an emitted module and nothing else.

    python distributed_step.py EMITTED.py CLASS HEIGHT WIDTH CHANNELS

Fails if a parameter gets no gradient, or if the processes' parameters differ after the step.
"""

from __future__ import annotations

import runpy
import sys
import tempfile
from pathlib import Path

import torch
from torch import distributed, multiprocessing
from torch.nn.parallel import DistributedDataParallel

PROCESSES = 2


def step(rank: int, meeting: str, path: str, name: str, shape: tuple[int, int, int]) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", f"file://{meeting}", world_size=PROCESSES, rank=rank)
    torch.manual_seed(rank)  # its own weights, which DistributedDataParallel makes the same
    model = DistributedDataParallel(runpy.run_path(path)[name]())
    height, width, channels = shape
    outputs = model(torch.rand(2, channels, height, width))
    listed = outputs if isinstance(outputs, tuple) else (outputs,)
    torch.stack([one.square().mean() for one in listed]).sum().backward()
    torch.optim.SGD(model.parameters(), 0.1).step()
    for key, parameter in model.named_parameters():
        if parameter.grad is None:
            raise SystemExit(f"{key} got no gradient")
        others = [torch.empty_like(parameter) for _ in range(PROCESSES)]
        distributed.all_gather(others, parameter.detach())
        if not all(torch.equal(other, parameter) for other in others):
            raise SystemExit(f"{key} differs between the processes")
    distributed.destroy_process_group()


def main() -> None:
    path, name, *sides = sys.argv[1:]
    height, width, channels = map(int, sides)
    with tempfile.TemporaryDirectory() as folder:
        given = (str(Path(folder) / "meeting"), path, name, (height, width, channels))
        multiprocessing.spawn(step, given, PROCESSES)


if __name__ == "__main__":
    main()
