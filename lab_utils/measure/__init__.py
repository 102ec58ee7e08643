"""What a network learned: activations, costs, receptive fields, attributions, preferences, probes and shifts.

Every function takes any `nn.Module`, runs it in evaluation mode, and leaves it as it was: modes, hooks, gradients.
"""

from lab_utils.core import angle
from lab_utils.evaluate import accuracy, predict
from lab_utils.measure.activations import activations, watching
from lab_utils.measure.attention_patterns import (
    equivariance_error,
    induction_scores,
    previous_place_scores,
    repeat_accuracy,
)
from lab_utils.measure.attribution import (
    IntegratedGradients,
    grad_cam,
    integrated_gradients,
    map_likeness,
    occlusion,
    saliency,
)
from lab_utils.measure.bias_variance import BiasVariance, RidgeFit, bias_variance, polynomial_features, ridge
from lab_utils.measure.calibration import (
    Reliability,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
)
from lab_utils.measure.codes import active_share, lifetime_share, neighbour_accuracy, silent_units
from lab_utils.measure.counts import LayerRow, layer_table, multiply_adds, output_shape, parameter_count
from lab_utils.measure.estimators import gradient_samples
from lab_utils.measure.gabor import GaborFits, fit_gabors
from lab_utils.measure.gradient_noise import gradient_noise
from lab_utils.measure.information import Information, binned_information
from lab_utils.measure.jacobian import jacobian_norms
from lab_utils.measure.latent import Elbo, elbo, sampled_kl
from lab_utils.measure.linear_pieces import PiecewiseLinear, pieces_along
from lab_utils.measure.loss_slice import LossSlice, loss_slice, random_direction
from lab_utils.measure.preferences import TopPatches, activation_maximisation, top_patches, unit_activation
from lab_utils.measure.probes import LayerProbe, linear_probe, pool_to, probe_by_layer, selectivity
from lab_utils.measure.receptive_field import (
    FieldExtent,
    ReceptiveField,
    effective_receptive_field,
    field_extent,
    theoretical_receptive_field,
)
from lab_utils.measure.roc import Roc, roc
from lab_utils.measure.sharpness import full_hessian, hessian_eigenvalues, hessian_vector_product, sharpness
from lab_utils.measure.shift import ShiftConsistency, shift, shift_consistency, shift_equivariance
from lab_utils.measure.similarity import cka, dissimilarity, rsa, similarity_matrix
from lab_utils.measure.subspace import Components, principal_angles, principal_components
from lab_utils.measure.uncertainty import ensemble, mc_dropout, mutual_information, predictive_entropy, separation
from lab_utils.measure.units import dead_units, slope
from lab_utils.measure.views import across_cut

__all__ = [
    "BiasVariance",
    "Components",
    "Elbo",
    "FieldExtent",
    "GaborFits",
    "Information",
    "IntegratedGradients",
    "LayerProbe",
    "LayerRow",
    "LossSlice",
    "PiecewiseLinear",
    "ReceptiveField",
    "Reliability",
    "RidgeFit",
    "Roc",
    "ShiftConsistency",
    "TopPatches",
    "accuracy",
    "across_cut",
    "activation_maximisation",
    "activations",
    "active_share",
    "angle",
    "bias_variance",
    "binned_information",
    "brier_score",
    "cka",
    "dead_units",
    "dissimilarity",
    "effective_receptive_field",
    "elbo",
    "ensemble",
    "equivariance_error",
    "expected_calibration_error",
    "field_extent",
    "fit_gabors",
    "fit_temperature",
    "full_hessian",
    "grad_cam",
    "gradient_noise",
    "gradient_samples",
    "hessian_eigenvalues",
    "hessian_vector_product",
    "induction_scores",
    "integrated_gradients",
    "jacobian_norms",
    "layer_table",
    "lifetime_share",
    "linear_probe",
    "loss_slice",
    "map_likeness",
    "mc_dropout",
    "multiply_adds",
    "mutual_information",
    "negative_log_likelihood",
    "neighbour_accuracy",
    "occlusion",
    "output_shape",
    "parameter_count",
    "pieces_along",
    "polynomial_features",
    "pool_to",
    "predict",
    "predictive_entropy",
    "previous_place_scores",
    "principal_angles",
    "principal_components",
    "probe_by_layer",
    "random_direction",
    "reliability",
    "repeat_accuracy",
    "ridge",
    "roc",
    "rsa",
    "saliency",
    "sampled_kl",
    "selectivity",
    "separation",
    "sharpness",
    "shift",
    "shift_consistency",
    "shift_equivariance",
    "silent_units",
    "similarity_matrix",
    "slope",
    "theoretical_receptive_field",
    "top_patches",
    "unit_activation",
    "watching",
]
