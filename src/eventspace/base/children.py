"""Processes that work for this one."""

import os
from multiprocessing import parent_process
from threading import Thread

__all__ = ["end_with_parent"]


def end_with_parent() -> None:
    """Let this process end when the one that started it is gone, also if that was killed and could say nothing.

    The ``initializer`` of a pool of processes.
    """
    parent = parent_process()
    if parent is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        Thread(target=watch, daemon=True).start()
