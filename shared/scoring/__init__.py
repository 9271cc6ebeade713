"""From responses to scores, bands and alerts. Pure: same answers in, same result out, anywhere."""

from shared.scoring.scorer import SELF, Setting, scorer_for

__all__ = ["SELF", "Setting", "scorer_for"]
