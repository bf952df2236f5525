"""What training scripts are put together from; see `cnndsl.emit.scripts`."""
