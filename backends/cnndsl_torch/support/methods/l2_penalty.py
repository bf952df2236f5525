"""The model's L2 penalty."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Penalized(nn.Module):
    """A model with `regularized` layers. Emitted models have the method."""

    def l2_penalty(self) -> Tensor:
        """What the layers' L2 terms add to the loss: l2 times the squared kernel."""
        total = torch.zeros((), device=next(self.parameters()).device)
        for module in self.modules():
            l2 = getattr(module, "_l2", 0.0)
            if l2:
                total = total + l2 * module.get_parameter("weight").square().sum()
        return total
