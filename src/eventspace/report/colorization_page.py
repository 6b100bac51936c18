"""Events of the study ``colorization`` as a page of their own: point at a particle to see what is known of it."""

from typing import Any

import numpy as np

from eventspace.report.page import rendered
from eventspace.report.style import COLOURS
from eventspace.studies.colorization.gallery import SHOWN, TITLES
from eventspace.studies.study import Result

__all__ = ["particle_page"]

_WIDTH, _HEIGHT = 420, 280
_RADIUS, _SMALLEST = 28.0, 1.0  # of all energy in one particle, and of the softest


def particle_page(result: Result) -> str:
    """The page, in HTML complete in itself."""
    best = str(result.arrays["shown.method"])
    views = {"truth": "truth", best: "method", "Durham": "durham"}
    soft = str(result.arrays["shown.probabilities"]) if "shown.probabilities" in result.arrays else ""
    data = {"events": [_event(result, name, views, soft) for name in SHOWN], "colours": list(COLOURS)}
    shown = f"its jets, and the probabilities of {soft}" if soft else "its energy and its jets"
    return rendered("colorization.html.j2", data=data, views=list(views), width=_WIDTH, height=_HEIGHT, shown=shown)


def _event(result: Result, name: str, views: dict[str, str], soft: str) -> dict[str, Any]:
    """One event; jets have the numbers of the true jets that they match."""
    arrays = {key: result.arrays[f"shown.{name}.{key}"] for key in ("momenta", *views.values())}
    energy, x, y, z = arrays["momenta"].T
    phi, cos_theta = np.arctan2(y, x), z / np.sqrt(x**2 + y**2 + z**2)
    probabilities = result.arrays[f"shown.{name}.probabilities"] if soft else None
    particles = []
    for k in np.argsort(-energy).tolist():
        jets = [int(arrays[key][k]) for key in views.values()]
        facts = [("energy", f"{energy[k]:.3g} GeV"), ("phi", f"{phi[k]:.2f} rad"), ("cos theta", f"{cos_theta[k]:.3f}")]
        facts += [(f"jet, {view}", str(jet)) for view, jet in zip(views, jets, strict=True)]
        particles.append(
            {
                "x": round(float((phi[k] + np.pi) / (2 * np.pi)) * _WIDTH, 1),
                "y": round(float((1 - cos_theta[k]) / 2) * _HEIGHT, 1),
                "r": round(float(max(_RADIUS * np.sqrt(energy[k] / energy.sum()), _SMALLEST)), 1),
                "jets": jets,
                "facts": facts,
                "probabilities": None if probabilities is None else [round(float(p), 3) for p in probabilities[k]],
            }
        )
    number = int(result.arrays[f"shown.{name}.number"])
    return {"title": f"{TITLES[name]}: event {number}", "particles": particles}
