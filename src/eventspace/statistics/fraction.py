"""A fraction of events with its exact interval."""

from scipy.special import betaincinv

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number

__all__ = ["fraction"]


def fraction(count: float, of: float, level: float = 0.95) -> Number:
    """The fraction of all events with a property, from the number of events of a sample that have it.

    The interval of Clopper and Pearson: at its ends, seeing as many or more, as few or fewer, has the probability
    (1 - level)/2. For independent events it holds the truth at least as often as the level says, of few events and at
    none or all of them too. Where events are correlated, so that the fraction f has another variance v than
    f (1 - f)/n, it is that of an effective sample of f (1 - f)/v events (Korn and Graubard).

    Arguments:
        count: events with the property; of an effective sample not necessarily a whole number.
        of: events of the sample, or of the effective one.
        level: the confidence level.

    Raises:
        InputError: the count is not between 0 and the number of events, or the level not between 0 and 1.

    Example:
        >>> print(fraction(40, 40), fraction(5, 40))
        1.000 [0.912, 1.000] (95%) 0.12 [0.04, 0.27] (95%)

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404, doi:10.1093/biomet/26.4.404; E. L. Korn and
    B. I. Graubard, Surv. Methodol. 24 (1998) 193.
    """
    if not (of > 0 and 0 <= count <= of):
        raise InputError(f"{count} of {of} events is not a fraction", remedy="give a part of at least one event")
    if not 0 < level < 1:
        raise InputError(f"the level {level} is not between 0 and 1", remedy="write 0.95 for 95%")
    tail, rest = (1 - level) / 2, of - count
    low = float(betaincinv(count, rest + 1, tail)) if count > 0 else 0.0
    high = float(betaincinv(count + 1, rest, 1 - tail)) if rest > 0 else 1.0
    return Number(count / of, low, high, level)
