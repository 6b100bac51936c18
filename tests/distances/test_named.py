"""Every metric, given what is no set of events."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest

import eventspace as es
from eventspace.distances.named import MetricName, named_metric

METRICS = [
    *(named_metric(name, dynamic_range=1.0, visible_energy=1.0) for name in get_args(MetricName)),
    es.ProfileTransport("z"),
    es.ShowerTransport(),
]
NO_EVENTS = [[np.ones((1, 3))], np.ones((1, 3)), pd.DataFrame(np.ones((1, 3))), ((1.0, 0.0, 0.0),)]


@pytest.mark.parametrize("given", NO_EVENTS, ids=lambda given: type(given).__name__)
@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_plain_arrays_are_refused_with_the_way_to_make_events(metric, given):
    problem = f"{type(given).__name__} is not a set of events; make one: es.Points"
    for call in (metric.between, metric.prepare, lambda *pair: es.matrix(metric, *pair)):
        with pytest.raises(es.InputError, match=problem):
            call(given, given)
    with pytest.raises(es.InputError, match="list is not a set of events"):
        es.nearest(metric, [*given, *given])
