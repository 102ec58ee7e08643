"""Attention and the transformer: equal to torch's own with the same weights, causal, and sound at the edges."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab_utils.core import generator, seeded
from lab_utils.models import (
    GPT,
    Attention,
    Block,
    ViT,
    causal_mask,
    generate,
    next_probabilities,
    rotate,
    scaled_dot_product_attention,
    sinusoidal,
)
from lab_utils.models.positions import frequencies

SEEDS = range(3)


def normal(seed: int, *shape: int, dtype=torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def stirred(module: nn.Module, seed: int) -> nn.Module:
    """`module` with every weight random, so that no two swapped ones go unnoticed."""
    with torch.no_grad():
        for number, weight in enumerate(module.parameters()):
            weight.copy_(normal(100 * seed + number, *weight.shape) * 0.3)
    return module.eval()


def given_the_weights_of(theirs: nn.MultiheadAttention, **settings) -> Attention:
    ours = Attention(theirs.embed_dim, theirs.num_heads, **settings).eval()
    names = {"qkv.weight": "in_proj_weight", "qkv.bias": "in_proj_bias"}
    names |= {f"out.{end}": f"out_proj.{end}" for end in ("weight", "bias")}
    ours.load_state_dict({own: theirs.state_dict()[other] for own, other in names.items()})
    return ours


def small_gpt(positions: str = "rotary", seed: int = 0, **settings) -> GPT:
    return stirred(GPT(11, 12, 16, 2, 4, positions=positions, **settings), seed)


def some_ids(seed: int = 0, *shape: int) -> torch.Tensor:
    return torch.randint(11, shape or (3, 12), generator=generator(seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", [(5, 8), (2, 5, 8), (2, 3, 5, 8)])
def test_attention_equals_torchs_function(seed, shape):
    q, k, v = (normal(seed + 10 * each, *shape) for each in range(3))
    k, v = torch.cat([k, k.flip(-2)], dim=-2), torch.cat([v, 2 * v], dim=-2)  # more keys than queries
    mask = torch.rand(5, 10, generator=generator(seed)) < 0.5
    mask[:, 0] = True
    for given in (None, mask):
        output, weights = scaled_dot_product_attention(q, k, v, mask=given)
        torch.testing.assert_close(output, F.scaled_dot_product_attention(q, k, v, attn_mask=given))
        torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:-1]))
        if given is not None:
            assert (weights.masked_select(~given) == 0).all()


def test_attention_by_hand():
    """One query between two keys: scores 1·√2/√2 = 1 and 0, so weights e/(e + 1) and 1/(e + 1)."""
    q = torch.tensor([[math.sqrt(2), 0.0]])
    k, v = torch.eye(2), torch.tensor([[10.0], [20.0]])
    output, weights = scaled_dot_product_attention(q, k, v)
    share = math.e / (math.e + 1)
    torch.testing.assert_close(weights, torch.tensor([[share, 1 - share]]))
    torch.testing.assert_close(output, torch.tensor([[10 * share + 20 * (1 - share)]]))


def test_gradients_of_attention_agree_with_finite_differences():
    inputs = [normal(seed, 2, 4, 3, dtype=torch.float64).requires_grad_() for seed in range(3)]
    mask = causal_mask(4)
    assert torch.autograd.gradcheck(lambda q, k, v: scaled_dot_product_attention(q, k, v, mask=mask), inputs)
    assert torch.autograd.gradcheck(lambda x: rotate(x, start=3), normal(1, 5, 4, dtype=torch.float64).requires_grad_())


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("heads", [1, 2, 4])
def test_multi_head_attention_equals_torchs_module(causal, heads):
    with seeded(heads):
        theirs = nn.MultiheadAttention(16, heads, batch_first=True).eval()
        nn.init.normal_(theirs.in_proj_bias)
        nn.init.normal_(theirs.out_proj.bias)
    ours, x = given_the_weights_of(theirs, causal=causal), normal(1, 3, 7, 16)
    hidden = ~causal_mask(7) if causal else None  # torch's module marks what is *hidden*
    output, weights = theirs(x, x, x, attn_mask=hidden, average_attn_weights=False)
    torch.testing.assert_close(ours(x), output)
    torch.testing.assert_close(ours.look(x)[1], weights)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_block_equals_torchs_pre_norm_encoder_layer(seed):
    theirs = nn.TransformerEncoderLayer(16, 4, 64, dropout=0, activation="gelu", batch_first=True, norm_first=True)
    stirred(theirs, seed)
    ours = Block(16, 4).eval()
    own = ["attention.qkv", "attention.out", "mlp.0", "mlp.2", "norm1", "norm2"]
    other = ["self_attn.in_proj_", "self_attn.out_proj.", "linear1.", "linear2.", "norm1.", "norm2."]
    names = {f"{a}.{end}": f"{b}{end}" for a, b in zip(own, other, strict=True) for end in ("weight", "bias")}
    ours.load_state_dict({a: theirs.state_dict()[b] for a, b in names.items()})
    x = normal(seed, 2, 5, 16)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("positions", ["none", "sinusoidal", "learned", "rotary"])
def test_nothing_in_a_gpt_depends_on_the_future(positions):
    gpt, ids = small_gpt(positions), some_ids()
    changed = ids.clone()
    changed[:, 7] = (changed[:, 7] + 1) % 11
    before, after = gpt(ids), gpt(changed)
    torch.testing.assert_close(before[:, :7], after[:, :7], rtol=0, atol=0)
    assert ((before - after)[:, 7:].abs().amax(-1) > 1e-6).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_without_positions_attention_is_equivariant_and_a_place_breaks_it(seed):
    order = torch.randperm(6, generator=generator(seed))
    x = normal(seed, 2, 6, 16)
    plain = stirred(Attention(16, 4), seed)
    torch.testing.assert_close(plain(x)[:, order], plain(x[:, order]))
    turned = stirred(Attention(16, 4, rotary=True), seed)
    assert (turned(x)[:, order] - turned(x[:, order])).abs().max() > 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_rotation_leaves_lengths_and_only_distance_counts(seed):
    q, k = normal(seed, 1, 8, dtype=torch.float64), normal(seed + 9, 1, 8, dtype=torch.float64)
    torch.testing.assert_close(rotate(q, start=5).norm(), q.norm())
    torch.testing.assert_close(rotate(q), q)  # place 0 is not turned
    near = (rotate(q, start=7) * rotate(k, start=4)).sum()
    far = (rotate(q, start=103) * rotate(k, start=100)).sum()
    torch.testing.assert_close(near, far)
    assert (near - (rotate(q, start=7) * rotate(k, start=3)).sum()).abs() > 1e-3


def test_rotation_is_multiplication_by_a_unit_complex_number():
    x = normal(0, 2, 6, 8, dtype=torch.float64)
    pairs = torch.view_as_complex(x.unflatten(-1, (4, 2)).contiguous())
    angles = torch.arange(6)[:, None] * frequencies(8)
    turned = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)
    torch.testing.assert_close(rotate(x), turned, rtol=1e-6, atol=1e-6)


def test_sinusoidal_positions_follow_the_formula_of_the_paper():
    waves = sinusoidal(20, 6)
    for place, pair in [(0, 0), (3, 1), (19, 2)]:
        angle = place / 10_000 ** (2 * pair / 6)
        assert waves[place, 2 * pair].item() == pytest.approx(math.sin(angle), abs=1e-5)
        assert waves[place, 2 * pair + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_what_attend_reports_is_what_the_forward_pass_uses():
    gpt, ids = small_gpt(), some_ids()
    weights = gpt.attend(ids)
    assert weights.shape == (2, 3, 4, 12, 12)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 4, 12))
    h = gpt.embedded(ids)
    attention = gpt.blocks[0].attention
    v = attention.qkv(gpt.blocks[0].norm1(h))[..., 32:].unflatten(2, (4, 4)).transpose(1, 2)
    by_hand = attention.out((weights[0] @ v).transpose(1, 2).flatten(2))
    torch.testing.assert_close(attention(gpt.blocks[0].norm1(h)), by_hand)


def test_a_head_switched_off_is_a_head_whose_output_weights_are_zero():
    gpt, ids = small_gpt(), some_ids()
    whole = gpt(ids)
    with gpt.without([(0, 1), (1, 3)]):
        off = gpt(ids)
    torch.testing.assert_close(gpt(ids), whole, rtol=0, atol=0)
    with torch.no_grad():
        gpt.blocks[0].attention.out.weight[:, 4:8] = 0
        gpt.blocks[1].attention.out.weight[:, 12:16] = 0
    torch.testing.assert_close(gpt(ids), off)
    assert (off - whole).abs().max() > 0.01
    with pytest.raises(ValueError, match=r"below \(2, 4\), got \(2, 0\)"), gpt.without([(0, 0), (2, 0)]):
        pass
    torch.testing.assert_close(gpt(ids), off)


def test_without_residual_connections_what_came_in_is_lost():
    gpt = GPT(11, 12, 16, 2, 4, residual=False)
    with torch.no_grad():
        gpt.blocks[-1].mlp[2].weight.zero_()
    logits = gpt(some_ids())
    torch.testing.assert_close(logits, logits[:1, :1].expand_as(logits))


def test_the_read_out_is_the_embedding_unless_it_is_its_own():
    tied, own = small_gpt(), small_gpt(tied=False)
    assert sum(weight.numel() for weight in own.parameters()) - sum(w.numel() for w in tied.parameters()) == 11 * 16
    for gpt, reader in ((tied, tied.embed), (own, own.head)):
        h = gpt.embedded(some_ids())
        for block in gpt.blocks:
            h = block(h)
        torch.testing.assert_close(gpt(some_ids()), F.linear(gpt.norm(h), reader.weight))


def test_added_places_are_added_once_and_as_small_as_the_embeddings_begin():
    ids = some_ids()
    waves, learned = GPT(11, 12, 16, 2, 4, positions="sinusoidal"), GPT(11, 12, 16, 2, 4, positions="learned")
    torch.testing.assert_close(waves.embedded(ids) - waves.embed(ids), (0.02 * sinusoidal(12, 16)).expand(3, 12, 16))
    torch.testing.assert_close(learned.embedded(ids) - learned.embed(ids), learned.place.expand(3, 12, 16))
    for positions in ("rotary", "none"):
        plain = GPT(11, 12, 16, 2, 4, positions=positions)
        torch.testing.assert_close(plain.embedded(ids), plain.embed(ids))


def test_the_shipped_size_and_the_initial_loss():
    gpt = GPT(65, 128)
    assert sum(weight.numel() for weight in gpt.parameters()) == 453_792
    ids = torch.randint(65, (8, 128), generator=generator(0))
    loss = F.cross_entropy(gpt(ids).flatten(0, 1), torch.randint(65, (8 * 128,), generator=generator(1)))
    assert loss.item() == pytest.approx(math.log(65), abs=0.05)  # small initial weights: every character as likely


def test_equal_seeds_give_equal_weights_and_others_do_not():
    one, same, other = GPT(11, 12, 16, 2, 4, seed=1), GPT(11, 12, 16, 2, 4, seed=1), GPT(11, 12, 16, 2, 4, seed=2)
    for a, b, c in zip(one.parameters(), same.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert a.ndim < 2 or not torch.equal(a, c)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_next_probabilities(temperature):
    logits = normal(0, 4, 9)
    torch.testing.assert_close(next_probabilities(logits, temperature=temperature), (logits / temperature).softmax(-1))
    few = next_probabilities(logits, temperature=temperature, top_k=3)
    assert ((few > 0).sum(-1) == 3).all()
    assert torch.equal(few.topk(3).indices, logits.topk(3).indices)
    torch.testing.assert_close(few.sum(-1), torch.ones(4))


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 1e-45, 1e-300])
def test_the_coldest_temperatures_choose_as_zero_does(temperature):
    logits = 100 * normal(0, 4, 9)
    assert torch.equal(next_probabilities(logits, temperature=temperature), next_probabilities(logits, temperature=0))


def test_cold_and_tied_choices():
    cold = next_probabilities(torch.tensor([[1.0, 3.0, 2.0]]), temperature=0)
    assert cold.tolist() == [[0, 1, 0]]
    assert (next_probabilities(torch.zeros(1, 5), top_k=2) > 0).sum() == 2


def test_generating_is_reproducible_keeps_the_beginning_and_follows_the_model():
    gpt, start = small_gpt(), some_ids(0, 2, 3)
    texts = [generate(gpt, start, 15, context=12, generator=generator(seed)) for seed in (0, 0, 1)]
    assert texts[0].shape == (2, 18)
    assert torch.equal(texts[0][:, :3], start)
    assert torch.equal(texts[0], texts[1])
    assert not torch.equal(texts[0], texts[2])
    greedy = generate(gpt, start, 1, context=12, generator=generator(0), temperature=0)
    assert torch.equal(greedy[:, -1], gpt(start)[:, -1].argmax(-1))


@pytest.mark.parametrize("patch", [4, 7])
def test_a_vit_answers_for_images_and_knows_where_things_stand(patch):
    net, x = ViT(patch=patch, width=16, depth=1, heads=2).eval(), normal(0, 3, 1, 28, 28)
    assert net(x).shape == (3, 10)
    tokens = net.tokens(x)
    assert tokens.shape == (3, (28 // patch) ** 2, 16)
    with torch.no_grad():
        net.place.zero_()
    turned = x.flip(2)  # the rows of patches change places, and each patch stands on its head
    flipped_kernel = net.patches.weight.flip(2)
    without_places = net(x)
    with torch.no_grad():
        net.patches.weight.copy_(flipped_kernel)
    torch.testing.assert_close(net(turned), without_places)  # a bag of patches


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: scaled_dot_product_attention(normal(0, 2, 3), normal(0, 2, 4), normal(0, 2, 4)), ValueError, r"q \("),
        (lambda: scaled_dot_product_attention(*3 * (normal(0, 3),)), ValueError, "expected q"),
        (lambda: scaled_dot_product_attention(*3 * (normal(0, 2, 3),), mask=torch.ones(2, 2)), TypeError, "boolean"),
        (
            lambda: scaled_dot_product_attention(*3 * (normal(0, 2, 3),), mask=~causal_mask(2)),
            ValueError,
            "without any True",
        ),
        (lambda: scaled_dot_product_attention(*3 * (normal(0, 2, 0),)), ValueError, "D and S at least 1"),
        (
            lambda: scaled_dot_product_attention(normal(0, 2, 3), *2 * (normal(0, 0, 3),)),
            ValueError,
            "D and S at least",
        ),
        (lambda: scaled_dot_product_attention(normal(0, 2, 2, 3), *2 * (normal(0, 3, 2, 3),)), ValueError, "broadcast"),
        (
            lambda: scaled_dot_product_attention(*3 * (normal(0, 2, 3),), mask=causal_mask(4)),
            ValueError,
            r"broadcastable to \(2, 2\), got \(4, 4\)",
        ),
        (
            lambda: scaled_dot_product_attention(*3 * (normal(0, 2, 3),), mask=torch.ones(5, 2, 2, dtype=torch.bool)),
            ValueError,
            r"broadcastable to \(2, 2\), got \(5, 2, 2\)",
        ),
        (
            lambda: scaled_dot_product_attention(*3 * (torch.ones(2, 3).long(),)),
            TypeError,
            "floating-point .* got.*int64",
        ),
        (
            lambda: scaled_dot_product_attention(normal(0, 2, 3), *2 * (normal(0, 2, 3).double(),)),
            TypeError,
            "one type, got torch.float32, torch.float64",
        ),
        (lambda: causal_mask(0), ValueError, "at least 1"),
        (lambda: Attention(10, 3), ValueError, "share evenly, got 10"),
        (lambda: Attention(9, 3, rotary=True), ValueError, "even number"),
        (lambda: Attention(8, 2)(normal(0, 3, 8)), ValueError, r"\(B, T, 8\), got \(3, 8\)"),
        (lambda: rotate(normal(0, 3)), ValueError, r"\(\.\.\., T, D\)"),
        (lambda: rotate(torch.ones(3, 4, dtype=torch.int64)), TypeError, "floating-point features, got torch.int64"),
        (lambda: rotate(normal(0, 3, 4), start=-1), ValueError, "start of at least 0, got -1"),
        (lambda: Block(8, 2, expand=-1), ValueError, "expand of at least 0, got -1"),
        (lambda: sinusoidal(4, 5), ValueError, "even width"),
        (lambda: sinusoidal(0, 4), ValueError, "at least 1"),
        (lambda: GPT(11, 12, positions="relative"), ValueError, "one of none, sinusoidal"),
        (lambda: GPT(0, 12), ValueError, "positive"),
        (lambda: small_gpt()(some_ids(0, 1, 13)), ValueError, "1 to 12 characters"),
        (lambda: small_gpt()(torch.zeros(1, 3)), ValueError, "int64"),
        (lambda: small_gpt()(some_ids(0, 5)), ValueError, r"\(B, T\)"),
        (lambda: small_gpt()(torch.full((1, 3), 11)), ValueError, "ids from 0 to 10, got 11 to 11"),
        (lambda: small_gpt().attend(torch.full((1, 3), -1)), ValueError, "ids from 0 to 10, got -1"),
        (lambda: small_gpt().without((0, 1)).__enter__(), TypeError, r"pairs .*, got \(0, 1\)"),
        (lambda: next_probabilities(torch.zeros(3), temperature=-1), ValueError, "at least 0"),
        (lambda: next_probabilities(torch.zeros(3), temperature=math.nan), ValueError, "finite"),
        (lambda: next_probabilities(torch.zeros(3), top_k=4), ValueError, "from 1 to 3"),
        (lambda: next_probabilities(torch.zeros(0)), ValueError, "V at least 1"),
        (lambda: next_probabilities(torch.tensor([1, 2, 3])), TypeError, "floating-point logits, got torch.int64"),
        (lambda: next_probabilities(torch.tensor([0.0, math.nan])), ValueError, "NaN"),
        (lambda: next_probabilities(torch.tensor([0.0, math.nan]), temperature=0), ValueError, "NaN"),
        (lambda: next_probabilities(torch.full((3,), -math.inf)), ValueError, "finite highest one, got -inf"),
        (
            lambda: generate(small_gpt(), some_ids(0, 1, 0), 3, context=12, generator=generator(0)),
            ValueError,
            "T at least 1",
        ),
        (lambda: ViT(patch=5), ValueError, "divides 28"),
        (lambda: ViT(depth=0), ValueError, "at least 1"),
        (lambda: ViT()(normal(0, 28, 28)), ValueError, "x\\[None, None\\]"),
        (lambda: ViT()(normal(0, 2, 1, 32, 32)), ValueError, "28 by 28 pixels, got 32 by 32"),
    ],
)
def test_bad_input_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()
