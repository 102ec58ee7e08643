"""Measure the book's numbers again: every script of this folder, one after the other (two hours on two cores).

`python -m experiments` keeps what experiments/results holds and measures what is missing; `--fresh` measures all of it.
Other options go to each script (`--help` lists them).
"""

import subprocess
import sys
from pathlib import Path

SCRIPTS = (
    "cnns_fast",
    "cnns_tutorial",
    "cnns_inside",
    "cnns_blocks",
    "cnns_controls",
    "cnns_timing",
    "cnns_stretch",
    "depth_width",
    "depth_moons",
    "depth_fashion",
    "depth_shapes",
    "optimization_rates",
    "optimization_schedules",
    "optimization_batches",
    "optimization_second_order",
    "optimization_sharpness",
    "optimization_precision",
    "optimization_stability",
    "regularization_map",
    "regularization_ensemble",
    "regularization_longer",
    "regularization_decay",
    "regularization_parts",
    "regularization_ridge",
    "regularization_grid",
    "transformers_shipped",
    "transformers_gpt",
    "transformers_short",
    "transformers_induction",
    "transformers_probes",
    "transformers_cost",
    "transformers_vit",
    "autoencoders_spiral",
    "autoencoders_bottleneck",
    "autoencoders_codes",
    "autoencoders_denoise",
    "autoencoders_vae",
    "autoencoders_anomaly",
    "autoencoders_maps",
    "autoencoders_information",
    "brains_sparse",
    "brains_walkthrough",
    "brains_plasticity",
    "brains_hierarchy",
    "brains_filters",
    "brains_credit",
    "brains_removed",
)


def main() -> int:
    """Run all scripts; the first that fails ends it, with its exit status."""
    folder = Path(__file__).parent
    for number, name in enumerate(SCRIPTS, start=1):
        print(f"[{number}/{len(SCRIPTS)}] {name}", flush=True)
        status = subprocess.run([sys.executable, str(folder / f"{name}.py"), *sys.argv[1:]], check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
