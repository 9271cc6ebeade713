"""What a second reader looks at in the files of factors, options and observed rates: every problem, none the last.

Each check takes the registry of instruments it is read against, so that it holds for any set of them.
"""

from shared.profile.checks.base_rates import check_base_rates
from shared.profile.checks.factors import check_factors
from shared.profile.checks.options import check_actions

__all__ = ["check_actions", "check_base_rates", "check_factors"]
