"""The GPT figure's Python side: what it refuses, what it hands to the page, and the habits that it names."""

import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lab_utils.live import gpt
from lab_utils.live.gpt.export import export_gpt
from lab_utils.live.gpt.roles import FIRST, head_roles, relations
from lab_utils.models import GPT, rotate

CHARACTERS = "\n abcdefgh"


def small(**settings: object) -> GPT:
    return GPT(len(CHARACTERS), 24, width=8, depth=2, heads=2, **settings)


def figure(**settings: object) -> object:
    return gpt(small(), CHARACTERS, **({"text": "abba", "prompts": {"one": "abc"}} | settings))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"text": ""}, "expected text of characters that the model knows, got ''"),
        ({"text": "xyz"}, "got 'xyz'"),
        ({"prompts": {"other": "Q"}}, "got 'Q'"),
        ({"head": (2, 0)}, r"expected head below \(2, 2\), as .layer, head., got \(2, 0\)"),
        ({"head": (0, -1)}, "expected head below"),
        ({"head": (0,)}, r"expected head .*\(layer, head\).* got \(0,\)"),
        ({"temperature": -0.1}, "expected temperature from 0 to 2, got -0.1"),
        ({"temperature": float("nan")}, "expected temperature"),
        ({"top_k": 0}, "expected top_k from 1 to 10, or None, got 0"),
        ({"top_k": 11}, "got 11"),
        ({"sample": torch.zeros(2, 10, dtype=torch.int64)}, r"expected attention \(depth, B, heads, T, T\)"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        figure(**settings)


def test_characters_must_be_one_for_each_id() -> None:
    for characters in ("abc", CHARACTERS[:-1] + "a"):
        with pytest.raises(ValueError, match="expected 10 different characters"):
            gpt(small(), characters, text="a", prompts={})


def test_a_character_of_two_code_units_is_refused() -> None:
    """A page counts in units of 16 bits: there it would be two characters, and all after it off by one."""
    with pytest.raises(ValueError, match="16 bits, got '😀'"):
        gpt(small(), CHARACTERS[:-1] + "😀", text="a", prompts={})


def test_a_read_out_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match=r"embedding reads out too \(tied=True\)"):
        export_gpt(small(tied=False))


def test_another_model_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected a GPT with embed, blocks.* got Linear without embed"):
        export_gpt(nn.Linear(2, 2))


def test_weights_that_are_not_finite_are_refused_by_name() -> None:
    model = small()
    with torch.no_grad():
        model.blocks[1].mlp[0].bias[3] = torch.nan
    with pytest.raises(ValueError, match=r"got NaN or infinity in blocks\.1\.mlp\.0\.bias"):
        export_gpt(model)


def test_half_precision_is_used_only_where_it_is_exact() -> None:
    model = small()
    assert export_gpt(model)["token"].dtype == np.float32
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(weight.half().float())
        model.norm.bias[0] = 1e6  # beyond half precision
    network = export_gpt(model)
    assert network["token"].dtype == np.float16
    assert network["norm"]["shift"].dtype == np.float32
    np.testing.assert_array_equal(network["token"].astype(np.float32), model.embed.weight.detach().numpy())
    np.testing.assert_array_equal(
        network["blocks"][1]["up"]["weight"].astype(np.float32), model.blocks[1].mlp[0].weight.detach().numpy()
    )


def test_every_weight_goes_out_once() -> None:
    for positions in ("none", "sinusoidal", "learned", "rotary"):
        model = small(positions=positions)
        network = export_gpt(model) | {"rotary": None}
        if positions == "sinusoidal":
            network["position"] = None  # a formula, not a weight

        def size(value: object) -> int:
            if isinstance(value, dict):
                return sum(size(item) for item in value.values())
            return sum(map(size, value)) if isinstance(value, list) else getattr(value, "size", 0)

        assert size(network) == sum(weight.numel() for weight in model.parameters())


def test_the_model_is_left_as_it_was() -> None:
    model = small().train()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    gpt(model, CHARACTERS, text="abc", prompts={}, sample=torch.ones(1, 20, dtype=torch.int64))
    assert model.training
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


def looking(where: torch.Tensor) -> torch.Tensor:
    """Attention (1, B, 1, T, T) spread evenly over the places marked, over all where none is."""
    everywhere = torch.ones(where.shape[1:]).tril().expand_as(where)
    weights = torch.where(where.any(-1, keepdim=True), where.float(), everywhere)
    return (weights / weights.sum(-1, keepdim=True))[None, :, None]


@pytest.mark.parametrize("tag", ["self", "prev", "2-3", "4-8", "word", "same", "copy", "gaps"])
def test_a_head_that_does_one_thing_is_named_for_it(tag: str) -> None:
    ids = torch.randint(len(CHARACTERS), (3, 80), generator=torch.Generator().manual_seed(1))
    letters = torch.tensor([c.isalpha() for c in CHARACTERS])
    where = next(marked for (each, _), marked in relations(ids, letters).items() if each == tag)
    assert not where.triu(1).any()  # nobody looks ahead
    role = head_roles(looking(where), ids, CHARACTERS)[0][0]
    assert role["tag"] == tag
    # Where there is such a place all attention is on it, else none can be.
    assert role["share"] == pytest.approx(float(where.any(-1)[:, FIRST:].float().mean()))
    assert 0 < role["chance"] < role["share"] - 0.25


def test_even_attention_has_no_habit_and_chance_is_its_share() -> None:
    ids = torch.randint(len(CHARACTERS), (2, 40), generator=torch.Generator().manual_seed(0))
    even = looking(torch.zeros(2, 40, 40, dtype=torch.bool))
    assert head_roles(even, ids, CHARACTERS)[0][0] == {"tag": "wide", "name": "", "share": 0.0, "chance": 0.0}


def test_relations_on_a_text_by_hand() -> None:
    text = "ab ab"
    ids = torch.tensor([[CHARACTERS.index(c) for c in text]])
    found = {
        tag: marked[0] for (tag, _), marked in relations(ids, torch.tensor([c.isalpha() for c in CHARACTERS])).items()
    }
    last = {tag: marked[4].nonzero().flatten().tolist() for tag, marked in found.items()}
    assert last == {
        "self": [4],
        "prev": [3],
        "2-3": [1, 2],
        "4-8": [0],
        "word": [3],
        "same": [1],
        "copy": [2],
        "gaps": [2],
    }
    assert found["copy"][3].nonzero().flatten().tolist() == [1]  # the "b" that followed the first "a"


def test_the_still_picture_holds_every_map_and_torchs_probabilities() -> None:
    model = small()
    html = gpt(model, CHARACTERS, text="abba", prompts={}).fallback
    with torch.no_grad():
        p = model(torch.tensor([[CHARACTERS.index(c) for c in "abba"]]))[0, -1].softmax(0)
    shares = [float(v) for v in re.findall(r"<td>([\d.]+) %</td>", html)]
    assert shares == pytest.approx((100 * p.topk(6).values).tolist(), abs=0.051)
    picture = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])))
    assert picture.size == (2 * (4 * 24 + 4) - 4, 2 * (4 * 24 + 4) - 4)
    assert np.asarray(picture)[0, 0] == 0  # the first character can look at itself alone


def test_rotary_turns_are_the_models_own() -> None:
    turns = export_gpt(small(positions="rotary"))["rotary"]
    even = torch.tensor([1.0, 0.0]).repeat(24, 2)  # (T, D): each pair starts at angle 0
    cos, sin = rotate(even)[:, 0::2], rotate(even)[:, 1::2]
    np.testing.assert_allclose(turns["cos"], cos.numpy(), atol=1e-7)
    np.testing.assert_allclose(turns["sin"], sin.numpy(), atol=1e-7)


def test_the_clearest_habit_is_on_view_first_unless_another_head_is_asked_for() -> None:
    sample = torch.randint(len(CHARACTERS), (2, 24), generator=torch.Generator().manual_seed(0))
    model = small()
    with torch.no_grad():  # this head cannot tell places apart but by its bias: it looks at what equals itself
        model.blocks[1].attention.qkv.weight[8 + 4 : 16] = model.blocks[1].attention.qkv.weight[4:8].mul_(300)
    shown = gpt(model, CHARACTERS, text="abba", prompts={}, sample=sample)
    roles = shown.data["roles"]
    margins = [[role["share"] - role["chance"] for role in row] for row in roles]
    assert margins[1][1] == max(map(max, margins)) > 0.25
    assert shown.data["head"] == [1, 1]
    assert gpt(model, CHARACTERS, text="abba", prompts={}, sample=sample, head=(0, 1)).data["head"] == [0, 1]
