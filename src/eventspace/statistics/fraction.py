"""A fraction of independent events with its exact interval."""

from eventspace.statistics.number import Number

__all__ = ["fraction"]


def fraction(count: int, of: int, level: float = 0.95) -> Number:
    """How large a part of all events has a property, from how many of a sample have it; independent events.

    The interval of Clopper and Pearson holds the truth at least as often as the level says, of few events and at none
    or all of them too.

    Arguments:
        count: events with the property.
        of: events of the sample.
        level: the confidence level.

    Example:
        >>> print(fraction(40, 40), fraction(5, 40))
        1.000 [0.912, 1.000] (95%) 0.12 [0.04, 0.27] (95%)

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404, doi:10.1093/biomet/26.4.404.
    """
    from scipy.stats import binomtest

    ends = binomtest(int(count), int(of)).proportion_ci(level, method="exact")
    return Number(count / of, float(ends.low), float(ends.high), level)
