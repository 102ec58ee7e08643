"""Which pixels an answer rests on: saliency, integrated gradients, Grad-CAM and occlusion.

Each takes images `x` (B, C, H, W) and a `target`: the class whose logit is explained, one for all or one for each
image (B,); None explains the class that the network predicts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lab_utils.core import expect_images
from lab_utils.evaluate import evaluating, predict
from lab_utils.measure.activations import output_of, watching

Target = int | Tensor | None


@dataclass(frozen=True)
class IntegratedGradients:
    """`attributions` (B, C, H, W) in logits, and the completeness `gap` (B,): their sum minus f(x) − f(baseline)."""

    attributions: Tensor
    gap: Tensor


def saliency(model: nn.Module, x: Tensor, target: Target = None, *, absolute: bool = True) -> Tensor:
    """How fast the target's logit changes with each pixel, |∂logit/∂x| (or signed): (B, C, H, W).

    Source: Simonyan, Vedaldi & Zisserman, "Deep Inside Convolutional Networks", ICLR workshop 2014, section 3.1.
    """
    expect_images(x)
    with evaluating(model):
        gradient, _ = _input_gradient(model, x, _classes(model, x, target))
    return gradient.abs() if absolute else gradient


def integrated_gradients(
    model: nn.Module, x: Tensor, target: Target = None, *, baseline: Tensor | None = None, steps: int = 64
) -> IntegratedGradients:
    """The gradient averaged on the straight line from `baseline` (default: black) to `x`, times the way: x − baseline.

    The attributions of the exact integral add up to f(x) − f(baseline) (completeness); `gap` says by how much those of
    the `steps`-point midpoint rule miss it. Source: Sundararajan, Taly & Yan, "Axiomatic Attribution for Deep
    Networks", ICML 2017, equations 1 and 3.
    """
    expect_images(x)
    if steps < 1:
        raise ValueError(f"expected at least 1 step, got {steps}")
    start = torch.zeros_like(x) if baseline is None else baseline.expand_as(x)
    with evaluating(model):
        classes = _classes(model, x, target)
        mean_gradient = torch.zeros_like(x)
        for step in range(steps):
            point = start + (step + 0.5) / steps * (x - start)
            mean_gradient += _input_gradient(model, point, classes)[0] / steps
        attributions = (x - start).detach() * mean_gradient
        with torch.no_grad():
            rise = _scores(model, x, classes) - _scores(model, start, classes)
    return IntegratedGradients(attributions, attributions.sum(dim=(1, 2, 3)) - rise)


def grad_cam(model: nn.Module, layer: str, x: Tensor, target: Target = None, *, upsample: bool = True) -> Tensor:
    """Where a layer's maps speak for the target: relu(Σ_c weight_c · map_c), weight_c the mean gradient over map c.

    Returns (B, H, W), at the size of `x` by bilinear interpolation, or with `upsample=False` at the size of the maps.
    Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
    ICCV 2017, equations 1 and 2. `layer` must give maps (B, C, H, W); the last convolution is usual.
    """
    expect_images(x)
    classes = _classes(model, x, target)
    with watching(model, [layer]) as seen, torch.enable_grad():
        scores = _scores(model, x.detach().clone().requires_grad_(), classes)
        maps = output_of(seen, layer, maps=True)
        (gradient,) = torch.autograd.grad(scores.sum(), maps)
    weight = gradient.mean(dim=(2, 3), keepdim=True)  # (B, C, 1, 1), equation 1
    cam = (weight * maps.detach()).sum(dim=1, keepdim=True).relu()  # (B, 1, H, W), equation 2
    if upsample:
        cam = nn.functional.interpolate(cam, size=x.shape[2:], mode="bilinear", align_corners=False)
    return cam[:, 0]


def occlusion(
    model: nn.Module, x: Tensor, target: Target = None, *, window: int = 5, stride: int = 2, value: float = 0.0
) -> Tensor:
    """How much the target's logit falls when a `window` × `window` patch is painted over with `value`: (B, H, W).

    A pixel gets the mean fall over all patches that cover it. Patches start every `stride` pixels; the last of a row
    or column is cut off at the border. Source: Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks",
    ECCV 2014, section 4.2.
    """
    expect_images(x)
    if window < 1 or not 1 <= stride <= window:
        raise ValueError(f"expected a stride from 1 to the window, got window {window} and stride {stride}")
    height, width = x.shape[2:]
    fall, covered = x.new_zeros(len(x), height, width), x.new_zeros(height, width)
    classes = _classes(model, x, target)
    with evaluating(model), torch.no_grad():
        whole = _scores(model, x, classes)
        for top in _starts(height, window, stride):
            for left in _starts(width, window, stride):
                patch = slice(top, top + window), slice(left, left + window)
                hidden = x.clone()
                hidden[:, :, *patch] = value
                fall[:, *patch] += (whole - _scores(model, hidden, classes))[:, None, None]
                covered[*patch] += 1
    return fall / covered


def map_likeness(a: Tensor, b: Tensor) -> float:
    """Mean over pictures of the correlation of two sets of maps (B, ...), such as a trained and a random network's.

    The control of Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018. Raises ValueError where the shapes
    differ or a map is constant, so that no correlation exists.
    """
    if a.shape != b.shape or a.ndim < 2:
        raise ValueError(
            f"expected two sets of maps of equal shape (B, ...), got {tuple(a.shape)} and {tuple(b.shape)}"
        )
    a, b = (each.flatten(1) - each.flatten(1).mean(1, keepdim=True) for each in (a, b))
    spread = a.norm(dim=1) * b.norm(dim=1)
    if not (spread > 0).all():
        raise ValueError("expected maps that vary, got a constant one")
    return ((a * b).sum(1) / spread).mean().item()


def _starts(size: int, window: int, stride: int) -> range:
    """Where patches begin, so that the last one reaches the end of the axis."""
    count = math.ceil(max(size - window, 0) / stride) + 1
    return range(0, count * stride, stride)


def _classes(model: nn.Module, x: Tensor, target: Target) -> Tensor:
    """One class for each image, int64 (B,)."""
    if target is None:
        return predict(model, x).argmax(dim=1).to(x.device)
    classes = torch.as_tensor(target, device=x.device)
    if classes.ndim > 1 or (classes.ndim == 1 and len(classes) != len(x)):
        raise ValueError(f"expected one target or {len(x)} of them, got shape {tuple(classes.shape)}")
    if classes.is_floating_point():
        raise TypeError(f"expected whole numbers as targets, got {classes.dtype}")
    return classes.to(torch.int64).expand(len(x))


def _scores(model: nn.Module, x: Tensor, classes: Tensor) -> Tensor:
    """The logit of each image's class: (B,)."""
    logits = model(x)
    if logits.ndim != 2:
        raise ValueError(f"expected logits of shape (B, classes) from the model, got {tuple(logits.shape)}")
    return logits.gather(1, classes[:, None])[:, 0]


def _input_gradient(model: nn.Module, x: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
    """∂score/∂x (B, C, H, W) and the scores (B,); images do not mix in evaluation, so one backward pass serves all."""
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        scores = _scores(model, x, classes)
        (gradient,) = torch.autograd.grad(scores.sum(), x)
    return gradient, scores.detach()
