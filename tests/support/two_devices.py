"""Runs a script on some devices of one processor: `two_devices.py COUNT SCRIPT ARGUMENTS`."""

from __future__ import annotations

import os
import runpy
import sys

COUNT, SCRIPT = int(sys.argv[1]), sys.argv[2]
sys.argv = sys.argv[2:]
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={COUNT}"
if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
    import tensorflow as tf

    (processor,) = tf.config.list_physical_devices("CPU")
    devices = [tf.config.LogicalDeviceConfiguration()] * COUNT
    tf.config.set_logical_device_configuration(processor, devices)
runpy.run_path(SCRIPT, run_name="__main__")
