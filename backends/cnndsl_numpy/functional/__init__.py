"""The mathematics of the layers, as pure functions of arrays: batch first, channels last."""
