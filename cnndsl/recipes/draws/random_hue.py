"""Hue."""

from __future__ import annotations

import numpy as np

from .grey_weights import grey_weights


def random_hue(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    degrees: float,
    chance: float,
) -> np.ndarray:
    """Colours rotated about grey, in the plane of I and Q of the NTSC's YIQ."""
    angles = np.radians(generator.uniform(-degrees, degrees, shape[0]))
    angles *= generator.random(shape[0]) < chance
    rotations = np.tile(np.eye(3), (shape[0], 1, 1))
    rotations[:, 1, 1] = rotations[:, 2, 2] = np.cos(angles)
    rotations[:, 1, 2] = np.sin(angles)
    rotations[:, 2, 1] = -np.sin(angles)
    in_phase, quadrature = (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)
    to_yiq = np.stack([grey_weights(3), in_phase, quadrature], axis=1)
    colours = np.tile(np.eye(4), (shape[0], 1, 1, 1))
    colours[:, 0, :3, :3] = to_yiq @ rotations @ np.linalg.inv(to_yiq)
    return colours
