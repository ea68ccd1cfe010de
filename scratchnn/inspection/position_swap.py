"""Does the order of the patches matter? The network's answers with its own positional encoding and with others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.inspection.patches import shuffled
from scratchnn.inspection.positions import Kind, in_comparison
from scratchnn.models import CustomTransformer
from scratchnn.training.evaluation import BATCH, predict

ROUNDING = 1e-5  # float32 sums in another order differ by less; answers that really differ, by far more


@dataclass(frozen=True)
class OrderAnswers:
    """What a network with one encoding says of an image with its patches in order, and in another order.

    Attributes:
        in_order, shuffled: [classes], probabilities.
    """

    kind: Kind
    in_order: Tensor
    shuffled: Tensor

    @property
    def difference(self) -> float:
        """The largest between the two answers' probabilities."""
        return float((self.shuffled - self.in_order).abs().max())

    @property
    def alike(self) -> bool:
        """Whether the two answers are the same but for rounding."""
        return self.difference < ROUNDING


@dataclass(frozen=True)
class OrderScore:
    """How many of the same digits are right with one encoding, in order and shuffled."""

    kind: Kind
    in_order: int
    shuffled: int
    digits: int


def with_position(model: CustomTransformer, kind: Kind) -> CustomTransformer:
    """A copy of the model with another encoding in the place of its own; all other weights are the same.

    Nothing is trained: the other weights have learnt with the model's own encoding.

    Raises:
        ValueError: the kind is "learned" and the model has learnt none, or "sinusoidal" and the width is odd.
    """
    own = model.config.position
    if kind == "learned" != own:
        raise ValueError(f"a learned encoding must have been learnt, and this network's is {own!r}")
    settings = model.config.model_dump() | {"position": kind}
    copy = CustomTransformer(model.patch_embedding.in_channels, model.num_classes, **settings)
    kept = copy.state_dict().keys()
    copy.load_state_dict({name: value for name, value in model.state_dict().items() if name in kept})
    return copy.eval()


def compare_orders(model: CustomTransformer, image: Tensor, order: Sequence[int]) -> list[OrderAnswers]:
    """Each encoding's answers, the model's own first.

    Args:
        image: [1, C, H, W], normalised.
        order: every patch's number once; place t gets the pixels of patch order[t].

    Raises:
        PatchError: a patch is missing in the order, or in it twice.
    """
    both = torch.cat([image, shuffled(image, model.config.patch_size, order)])
    return [OrderAnswers(kind, *predict(with_position(model, kind), both)) for kind in in_comparison(model)]


def count_right(
    model: CustomTransformer,
    images: Tensor,
    labels: Tensor,
    order: Sequence[int],
    report: Callable[[float], object] = lambda share: None,
) -> list[OrderScore]:
    """How many images each encoding gets right, all of them shuffled the same way.

    Args:
        images: [N, C, H, W], normalised.
        labels: [N].
        report: called with the share that is done, from time to time.
    """
    both = torch.cat([images, shuffled(images, model.config.patch_size, order)])
    truth, kinds, scores = labels.repeat(2), in_comparison(model), []
    for turn, kind in enumerate(kinds):
        network, right = with_position(model, kind), []
        for start in range(0, len(both), BATCH):
            said = predict(network, both[start : start + BATCH]).argmax(1)
            right.append(said == truth[start : start + BATCH])
            report((turn + min(1.0, (start + BATCH) / len(both))) / len(kinds))
        in_order, moved = torch.cat(right).view(2, -1).sum(1).tolist()
        scores.append(OrderScore(kind, in_order, moved, len(images)))
    return scores
