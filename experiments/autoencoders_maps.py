"""2,000 test garments in the plane: principal components, t-SNE, UMAP, and two autoencoders that never saw them.

UMAP is an extra that the book does not need otherwise: `pip install .[maps]`. Seed 0's maps are kept in
data/fashion-maps.json. Run: python experiments/autoencoders_maps.py
"""

from __future__ import annotations

import json
from importlib import metadata

import torch
from autoencoders_kit import IMAGES, plain, sets, training_images, variational
from harness import arguments, entry, record, run_all
from sklearn.manifold import TSNE, trustworthiness
from torch import Tensor

from lab_utils import measure
from lab_utils.core import data_path

COUNT = 2000
VARIANTS = ["pca", "t-sne", "umap", "ae", "vae"]


def places(variant: str, seed: int) -> Tensor:
    """Where a method puts the first test pictures, (COUNT, 2)."""
    x = sets().test.x[:COUNT]
    if variant == "pca":
        return measure.principal_components(x, 2).encode(x)
    if variant == "t-sne":
        return torch.from_numpy(
            TSNE(2, perplexity=30, init="pca", random_state=seed).fit_transform(x.flatten(1).numpy())
        )
    if variant == "umap":
        from umap import UMAP  # an extra, wanted here only

        made = UMAP(n_neighbors=15, min_dist=0.1, random_state=seed, n_jobs=1).fit_transform(x.flatten(1).numpy())
        return torch.from_numpy(made)
    net = (plain if variant == "ae" else variational)(2, training_images(seed), seed)
    with torch.no_grad():
        return net.encode(x)


def judge(variant: str, seed: int) -> dict[str, float]:
    """Trustworthiness of the map, and how well a picture's neighbours in it vote for its class."""
    made, test = places(variant, seed), sets().test
    if seed == 0 and variant in ("pca", "t-sne", "umap"):
        keep(variant, made)
    half = COUNT // 2
    return {
        "trust": float(trustworthiness(test.x[:COUNT].flatten(1).numpy(), made.numpy(), n_neighbors=10)),
        "neighbours": measure.neighbour_accuracy(made[:half], test.y[:half], made[half:], test.y[half:COUNT]),
    }


def keep(variant: str, made: Tensor) -> None:
    """Store one map, rounded to a thousandth of its spread."""
    path = data_path("fashion-maps.json")
    stored = json.loads(path.read_text()) if path.exists() else {"points": {}, "settings": {}}
    stored["y"] = sets().test.y[:COUNT].tolist()
    spread = made.std().item()
    stored["points"][variant] = [[round(value, 3) for value in row] for row in (made / spread).tolist()]
    stored["settings"][variant] = SETTINGS[variant]
    path.write_text(json.dumps(stored, separators=(",", ":")) + "\n")


SETTINGS = {
    "pca": {"pictures": COUNT},
    "t-sne": {"pictures": COUNT, "perplexity": 30, "init": "pca", "scikit-learn": metadata.version("scikit-learn")},
    "umap": {"pictures": COUNT, "n_neighbors": 15, "min_dist": 0.1},
    "ae": {"pictures": COUNT, "train_images": IMAGES},
    "vae": {"pictures": COUNT, "train_images": IMAGES},
}
QUANTITIES = {
    "trust": "trustworthiness of the map, 10 neighbours",
    "neighbours": "accuracy of 10 neighbours in the map, half of the pictures voting for the other half",
}

if __name__ == "__main__":
    SETTINGS["umap"]["umap-learn"] = metadata.version("umap-learn")
    entries = []
    for variant, runs in run_all("autoencoders_maps", VARIANTS, judge, arguments(__doc__)).items():
        for key in runs[0].keys() - {"cpu_seconds"}:
            name = f"autoencoders/map/{variant}/{key}"
            entries.append(entry(name, QUANTITIES[key], runs, key, SETTINGS[variant], __file__))
    record(entries)
