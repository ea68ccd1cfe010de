"""What a card shows of attention and softmax, against numbers that are worked out here in another way."""

from __future__ import annotations

import pytest
import torch

from scratchnn.inspection.arithmetic import explain, explainable, softmax_row
from scratchnn.inspection.layers import inspect
from scratchnn.layers.activation import CustomSoftmax
from scratchnn.layers.attention import CustomMultiHeadAttention
from tests.inspection.networks import alone, image, transformer


def test_a_score_goes_from_products_over_the_scale_to_the_mask() -> None:
    model = transformer()
    _, trace = inspect(model, image())
    explanation = explain(model, trace, "encoder.layers.0.self_attn.scores", (2, 3, 7))
    saved = {name: tensor[0].double() for name, tensor in trace["encoder.layers.0.self_attn"].saved.items()}
    products = saved["query"][2, 3] * saved["key"][2, 7]
    assert torch.equal(explanation.parts["products"], products)
    assert float(explanation.parts["scaled"]) == pytest.approx(float(products.sum()) / 2)
    assert [step.name for step in explanation.steps] == ["dot product", "scaled", "score"]


def test_heads_stand_side_by_side_and_are_projected_together() -> None:
    model = transformer()
    _, trace = inspect(model, image())
    name = "encoder.layers.0.self_attn"
    explanation = explain(model, trace, f"{name}.context", (3, 9))
    assert explanation.parts["from"].tolist() == [2, 1]
    weights, value = (trace[name].saved[part][0].double() for part in ("weights", "value"))
    assert torch.equal(explanation.parts["products"], weights[2, 3] * value[2, :, 1])
    projected = explain(model, trace, f"{name}.out_proj", (3, 9)).parts
    assert projected["folded"].shape == (3, 4)
    context = trace[name].saved["context"][0, 3].view(3, 4).double()
    assert torch.equal(projected["folded"], context * model.state_dict()[f"{name}.out_proj.weight"][9].view(3, 4))


def test_cross_attention_projects_each_from_its_own_input() -> None:
    layer, query, other = CustomMultiHeadAttention(8, 2), torch.randn(1, 3, 8), torch.randn(1, 5, 8)
    trace = layer.trace()
    layer(query, other, other, trace=trace)
    names = explainable(layer, trace)
    assert {name: names[name] for name in ("query", "key", "scores")} == {
        "query": (2, 3, 4), "key": (2, 5, 4), "scores": (2, 3, 5),
    }  # fmt: skip
    for name, shape in names.items():
        assert explain(layer, trace, name, tuple(size - 1 for size in shape)).residual <= 1e-5, name
    assert torch.equal(explain(layer, trace, "key", (0, 4, 0)).parts["inputs"], other[0, 4].double())


def test_softmax_shares_sum_to_one_at_any_temperature() -> None:
    scores = torch.tensor([1.0, 3.0, -2.0])
    own = softmax_row(scores)
    assert torch.allclose(own.quotients, scores.double().softmax(0), rtol=1e-12)
    assert float(own.exponentials.sum()) == float(own.sum)
    for temperature in (0.1, 1, 5.0):
        assert float(softmax_row(scores, temperature).quotients.sum()) == pytest.approx(1)
    assert softmax_row(scores, 0.1).quotients.max() > own.quotients.max() > softmax_row(scores, 5).quotients.max()
    with pytest.raises(ValueError, match="temperature is 0"):
        softmax_row(scores, 0)
    alone(CustomSoftmax(1), torch.randn(2, 3, 4, 5), (2, 1, 4))
