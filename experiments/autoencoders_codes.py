"""Eight codes of 240 units: how much of each is on for test pictures, and what that costs and brings.

Learning rates stand in `autoencoders_kit.py`, chosen on validation by `autoencoders_settings.py`.
Run: python experiments/autoencoders_codes.py
"""

from __future__ import annotations

import torch
from autoencoders_kit import CODES, IMAGES, SPARSE, sets, sparse_network, training_images
from harness import arguments, entry, record, run_all

from lab_utils import measure
from lab_utils.training import squared_error

PROBED = 5000  # training pictures for each linear probe
QUANTITIES = {
    "active": "share of activations above 0, test pictures",
    "half": "share of activations above one half, test pictures",
    "mean": "mean activation, test pictures",
    "error": "squared error of a test picture, summed over its pixels",
    "silent": "units of 240 that no test picture turns on",
    "probe": "test accuracy of a linear probe on the code",
}


def describe(variant: str, seed: int) -> dict[str, float]:
    """Train one code and describe it on the test pictures; "pixels" is the probe without any code."""
    train, test = training_images(seed), sets().test
    some = train.take(PROBED, seed=0)
    if variant == "pixels":
        return {"probe": measure.linear_probe(some.x, some.y, test.x, test.y)}
    net = sparse_network(CODES[variant], train, seed).eval()
    with torch.no_grad():
        code, learned = net.encode(test.x), net.encode(some.x)
        return {
            "active": measure.active_share(code),
            "half": measure.active_share(code, above=0.5),
            "mean": code.double().mean().item(),
            "error": squared_error(net(test.x), test.x).item(),
            "silent": float(measure.silent_units(code)),
            "probe": measure.linear_probe(learned, some.y, code, test.y),
        }


if __name__ == "__main__":
    entries = []
    for variant, runs in run_all("autoencoders_codes", [*CODES, "pixels"], describe, arguments(__doc__)).items():
        settings = {"train_images": IMAGES, "probe_images": PROBED}
        if variant in CODES:
            settings |= {
                **SPARSE.settings(),
                "lr": CODES[variant].lr,
                "units": 240,
                "atoms": CODES[variant].atom_length,
            }
        for key in runs[0].keys() - {"cpu_seconds"}:
            name = f"autoencoders/codes/{variant}/{key}"
            entries.append(entry(name, QUANTITIES[key], runs, key, settings, __file__))
    record(entries, 4)
