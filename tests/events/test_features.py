"""Features of clouds against arithmetic jet by jet, and the table of any kind of events."""

import numpy as np
import pytest

import eventspace as es
from eventspace.events.cloud_features import CLOUD_FEATURES, cloud_features
from eventspace.events.features import features


def jets(coordinate: str) -> es.ParticleClouds:
    rng = np.random.default_rng(1)
    events = [
        np.column_stack([rng.exponential(5, n), rng.normal(0.4, 0.3, n), rng.normal(3.0, 0.3, n)])
        for n in (1, 2, 7, 30)
    ]
    return es.ParticleClouds.from_lists(events, coordinate=coordinate)


@pytest.mark.parametrize("coordinate", ["rapidity", "eta"])
def test_features_of_clouds_are_those_of_the_sum_of_their_particles(coordinate: str) -> None:
    clouds = jets(coordinate)
    found = dict(zip(CLOUD_FEATURES, cloud_features(clouds).T, strict=True))
    for number in range(len(clouds)):
        jet = clouds[number : number + 1]
        pt, along, phi = (jet.flat(name) for name in ("pt", coordinate, "phi"))
        momentum = np.array([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(along)]).sum(axis=1)
        energy = (pt * np.cosh(along)).sum()
        assert found["pt"][number] == pytest.approx(np.hypot(*momentum[:2]))
        assert found["mass"][number] == pytest.approx(np.sqrt(max(energy**2 - momentum @ momentum, 0)), abs=1e-5)
        if coordinate == "rapidity":
            axis = 0.5 * np.log((energy + momentum[2]) / (energy - momentum[2]))
        else:
            axis = np.arcsinh(momentum[2] / np.hypot(*momentum[:2]))
        turned = np.angle(np.exp(1j * (phi - np.arctan2(momentum[1], momentum[0]))))
        assert found["width"][number] == pytest.approx((pt * np.hypot(along - axis, turned)).sum() / pt.sum(), abs=1e-6)
        assert found["dispersion"][number] == pytest.approx(np.sqrt((pt**2).sum()) / pt.sum())
        assert found["largest fraction"][number] == pytest.approx(pt.max() / pt.sum())
    assert found["particles"].tolist() == [1, 2, 7, 30]


def test_columns_that_events_carry_stand_behind() -> None:
    showers = es.Showers.from_dense(
        np.ones((2, 3, 3, 3)), per_event={"incident_energy": np.array([1.0, 2.0]), "label": np.array(["a", "b"])}
    )
    found = features(showers)
    assert next(iter(found)) == "total energy"
    assert list(found)[-1] == "incident_energy"
    assert "label" not in found
    assert found["total energy"].tolist() == [27.0, 27.0]


def test_images_have_no_features() -> None:
    with pytest.raises(es.InputError, match="no features of images"):
        features(es.Images(values=np.ones((2, 4, 4)), half_width=1.0))
