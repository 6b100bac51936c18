"""Masses and couplings of the leading-order calculation of e+e- -> ZHH."""

__all__ = ["CHARGE_AND_ISOSPIN", "HADRONIC_Z", "HIGGS_MASS", "SIN2_THETA", "VACUUM_VALUE", "Z_MASS", "Z_WIDTH"]

Z_MASS, Z_WIDTH = 91.1876, 2.4952
"""GeV."""

HIGGS_MASS = 125.0
"""GeV."""

VACUUM_VALUE = 246.22
"""v = (sqrt(2) G_F)^-1/2 in GeV, which fixes all couplings with the Z mass."""

SIN2_THETA = 0.2312
"""The effective weak mixing angle, in the couplings of the Z to fermions."""

HADRONIC_Z = 0.6991
"""The measured fraction of Z decays to quarks, by which the cross-section of ZHH follows from that of q qbar HH."""

CHARGE_AND_ISOSPIN = {
    11: (-1.0, -0.5),
    **dict.fromkeys((1, 3, 5), (-1 / 3, -0.5)),
    **dict.fromkeys((2, 4), (2 / 3, 0.5)),
}
"""Electric charge and third component of the weak isospin of left-handed fermions, by PDG identifier.

Source: Particle Data Group, Phys. Rev. D 110 (2024) 030001.
"""
