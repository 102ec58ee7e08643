"""What a network learned: activations, costs, receptive fields, attributions, preferences, probes and shifts.

Every function takes any `nn.Module`, runs it in evaluation mode, and leaves it as it was: modes, hooks, gradients.
"""

from lab_utils.evaluate import accuracy, predict
from lab_utils.measure.activations import activations, watching
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
from lab_utils.measure.counts import LayerRow, layer_table, multiply_adds, output_shape, parameter_count
from lab_utils.measure.gradient_noise import gradient_noise
from lab_utils.measure.linear_pieces import PiecewiseLinear, pieces_along
from lab_utils.measure.loss_slice import LossSlice, loss_slice, random_direction
from lab_utils.measure.preferences import TopPatches, activation_maximisation, top_patches, unit_activation
from lab_utils.measure.probes import LayerProbe, linear_probe, pool_to, probe_by_layer, selectivity
from lab_utils.measure.receptive_field import (
    FieldExtent,
    ReceptiveField,
    effective_receptive_field,
    field_extent,
    receptive_field_table,
    theoretical_receptive_field,
)
from lab_utils.measure.sharpness import full_hessian, hessian_eigenvalues, hessian_vector_product, sharpness
from lab_utils.measure.shift import ShiftConsistency, shift, shift_consistency, shift_equivariance
from lab_utils.measure.uncertainty import ensemble, mc_dropout, mutual_information, predictive_entropy, separation
from lab_utils.measure.units import dead_units, slope
from lab_utils.measure.views import across_cut

__all__ = [
    "BiasVariance",
    "FieldExtent",
    "IntegratedGradients",
    "LayerProbe",
    "LayerRow",
    "LossSlice",
    "PiecewiseLinear",
    "ReceptiveField",
    "Reliability",
    "RidgeFit",
    "ShiftConsistency",
    "TopPatches",
    "accuracy",
    "across_cut",
    "activation_maximisation",
    "activations",
    "bias_variance",
    "brier_score",
    "dead_units",
    "effective_receptive_field",
    "ensemble",
    "expected_calibration_error",
    "field_extent",
    "fit_temperature",
    "full_hessian",
    "grad_cam",
    "gradient_noise",
    "hessian_eigenvalues",
    "hessian_vector_product",
    "integrated_gradients",
    "layer_table",
    "linear_probe",
    "loss_slice",
    "map_likeness",
    "mc_dropout",
    "multiply_adds",
    "mutual_information",
    "negative_log_likelihood",
    "occlusion",
    "output_shape",
    "parameter_count",
    "pieces_along",
    "polynomial_features",
    "pool_to",
    "predict",
    "predictive_entropy",
    "probe_by_layer",
    "random_direction",
    "receptive_field_table",
    "reliability",
    "ridge",
    "saliency",
    "selectivity",
    "separation",
    "sharpness",
    "shift",
    "shift_consistency",
    "shift_equivariance",
    "slope",
    "theoretical_receptive_field",
    "top_patches",
    "unit_activation",
    "watching",
]
