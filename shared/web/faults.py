"""How a fault of ours is logged: by its kind and its place. Its message may hold anything, an answer too."""

from __future__ import annotations

import traceback
from typing import Any

from aws_lambda_powertools import Logger

_FRAMES = 6


def log_fault(logger: Logger, event: str, error: BaseException, **more: Any) -> None:
    """One line under the name ``event``; ``more`` holds counts and ids of ours."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]]
    logger.error(event, kind=type(error).__name__, frames=frames, **more)
