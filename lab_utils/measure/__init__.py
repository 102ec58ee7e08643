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
from lab_utils.measure.counts import LayerRow, layer_table, multiply_adds, output_shape, parameter_count
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
from lab_utils.measure.shift import ShiftConsistency, shift, shift_consistency, shift_equivariance

__all__ = [
    "FieldExtent",
    "IntegratedGradients",
    "LayerProbe",
    "LayerRow",
    "ReceptiveField",
    "ShiftConsistency",
    "TopPatches",
    "accuracy",
    "activation_maximisation",
    "activations",
    "effective_receptive_field",
    "field_extent",
    "grad_cam",
    "integrated_gradients",
    "layer_table",
    "linear_probe",
    "map_likeness",
    "multiply_adds",
    "occlusion",
    "output_shape",
    "parameter_count",
    "pool_to",
    "predict",
    "probe_by_layer",
    "receptive_field_table",
    "saliency",
    "selectivity",
    "shift",
    "shift_consistency",
    "shift_equivariance",
    "theoretical_receptive_field",
    "top_patches",
    "unit_activation",
    "watching",
]
