"""The public names, each with the file it lives in; they are loaded on first use."""

from .base.errors import EventspaceError as EventspaceError
from .base.errors import InputError as InputError
from .base.errors import TriangleInequalityWarning as TriangleInequalityWarning
from .distances.durham import Durham as Durham
from .distances.energy import EnergyDifference as EnergyDifference
from .distances.engine.pairwise import counts as counts
from .distances.engine.pairwise import matrix as matrix
from .distances.engine.pairwise import medoids as medoids
from .distances.engine.pairwise import nearest as nearest
from .distances.euclidean import Euclidean as Euclidean
from .distances.jensen_shannon.divergence import JensenShannon as JensenShannon
from .distances.jensen_shannon.screening import pairs_below as pairs_below
from .distances.mean_squared_error import MeanSquaredError as MeanSquaredError
from .distances.sinkhorn.distance import Sinkhorn as Sinkhorn
from .distances.sinkhorn.loss import sinkhorn_loss as sinkhorn_loss
from .distances.ssim.similarity import SSIM as SSIM
from .distances.transport.exact import Transport as Transport
from .distances.transport.profiles import ProfileTransport as ProfileTransport
from .distances.transport.showers import ShowerTransport as ShowerTransport
from .events.collisions import Collisions as Collisions
from .events.concatenate import concatenate as concatenate
from .events.convert import convert as convert
from .events.durham.history import durham_history as durham_history
from .events.images import Images as Images
from .events.inspect import inspect as inspect
from .events.native import read as read
from .events.native import write as write
from .events.particles import ParticleClouds as ParticleClouds
from .events.points import Points as Points
from .events.preprocess import pixelate as pixelate
from .events.preprocess import preprocess as preprocess
from .events.showers import Showers as Showers
from .events.simulate import simulate as simulate
from .models.clustering import cluster as cluster
from .models.points.generation import generate_points as generate_points
from .models.showers.generation import generate_showers as generate_showers
from .report.ask import amplification as amplification
from .report.ask import anomaly as anomaly
from .report.ask import dimension as dimension
from .report.ask import equivalent_size as equivalent_size
from .report.ask import mapper as mapper
from .report.ask import support as support
from .report.ask import topology as topology
from .report.ask import validation as validation

__version__: str
