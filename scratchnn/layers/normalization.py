"""Normalisation: subtract a mean, divide by a standard deviation, then apply a scale and shift that are learnt."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.layers.batch_last import batch_first, batch_last
from scratchnn.module import Buffer, Module, Parameter
from scratchnn.trace import Trace


class CustomLayerNorm(Module):
    """y = (x − mean) / √(variance + eps) · weight + bias, over the last axes of each item (Ba et al. 2016).

    normalized_shape: the size of the last axis, or the sizes of several; weight and bias have that shape.
    """

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5) -> None:
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps = eps
        self.weight = Parameter(torch.ones(self.normalized_shape))
        self.bias = Parameter(torch.zeros(self.normalized_shape))

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        self.weight.value.fill_(1)
        self.bias.value.zero_()

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[..., *normalized_shape]` → the same; saves `normalized`, and `scale` = 1/√(variance + eps)."""
        if x.shape[-len(self.normalized_shape) :] != self.normalized_shape:
            raise trace.error(
                self,
                f"input is {list(x.shape)}, but this layer normalises over a last shape of "
                f"{list(self.normalized_shape)}; give it that, or build it for the shape you have",
            )
        items = x.reshape(-1, self.weight.value.numel())  # (N, E)
        mean = items.mean(1, keepdim=True)  # (N, 1)
        y = trace.buffer(self, "y", x.shape, like=x)
        centered = torch.sub(items, mean, out=trace.buffer(self, "normalized", items.shape, like=x))
        variance = torch.mul(centered, centered, out=y.view_as(items)).mean(1, keepdim=True)
        scale = variance.add_(self.eps).rsqrt_()
        normalized = centered.mul_(scale)
        weight, bias = self.weight.value.flatten(), self.bias.value.flatten()
        torch.addcmul(bias, normalized, weight, out=y.view_as(items))
        return trace.save(self, y, x=x, mean=mean, scale=scale, normalized=normalized.view(x.shape))

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dx: through the normalised value, less what went through the mean and through the variance."""
        saved = trace.recall(self, grad_output).saved
        size = self.weight.value.numel()
        normalized, dy = saved["normalized"].view(-1, size), grad_output.reshape(-1, size)
        grad_x = trace.buffer(self, "grad_x", dy.shape, like=dy)
        product = torch.mul(dy, normalized, out=grad_x)
        self.weight.grad += product.sum(0).view_as(self.weight.grad)
        self.bias.grad += dy.sum(0).view_as(self.bias.grad)
        weight = self.weight.value.view(size, 1)
        through_mean = dy @ weight / size  # (N, 1): mean of dL/dnormalized
        through_variance = product @ weight / size  # (N, 1): mean of dL/dnormalized · normalized
        torch.mul(dy, weight.view(size), out=grad_x)  # dL/dnormalized
        grad_x.sub_(through_mean).addcmul_(normalized, through_variance, value=-1).mul_(saved["scale"])
        return grad_x.view(grad_output.shape)


class CustomBatchNorm2d(Module):
    """y = (x − mean) / √(variance + eps) · weight + bias for each channel, over batch and pixels.

    Ioffe and Szegedy 2015. In training the batch's own mean and variance are used, and running averages of them are
    kept; in evaluation the running averages are used.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(torch.ones(num_features))
        self.bias = Parameter(torch.zeros(num_features))
        self.running_mean = Buffer(torch.zeros(num_features))
        self.running_var = Buffer(torch.ones(num_features))
        self.num_batches_tracked = Buffer(torch.tensor(0))

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        self.weight.value.fill_(1)
        self.bias.value.zero_()
        self.running_mean.value.zero_()
        self.running_var.value.fill_(1)
        self.num_batches_tracked.value.zero_()

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """x `[B, C, H, W]` → the same; saves `normalized`, `mean` and `scale` = 1/√(variance + eps), `[C]`."""
        if x.dim() != 4 or x.shape[1] != self.num_features:
            raise trace.error(
                self,
                f"input is {list(x.shape)}, but this layer was built for {self.num_features} channels; "
                f"give it [B, {self.num_features}, H, W]",
            )
        maps = batch_last(x)
        pixels = maps.reshape(self.num_features, -1)  # (C, N)
        mean, variance = self._statistics(pixels, trace) if self.training else self._running()
        scale = (variance + self.eps).rsqrt_()
        normalized, y = (trace.buffer(self, name, maps.shape, like=x) for name in ("normalized", "y"))
        torch.sub(pixels, mean[:, None], out=normalized.view_as(pixels)).mul_(scale[:, None])
        torch.mul(normalized.view_as(pixels), self.weight.value[:, None], out=y.view_as(pixels))
        y.view_as(pixels).add_(self.bias.value[:, None])
        return trace.save(
            self, batch_first(y), x=x, mean=mean, scale=scale, normalized=batch_first(normalized),
            from_batch=torch.tensor(self.training),
        )  # fmt: skip

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """As CustomLayerNorm's, but along channels; with running statistics mean and variance are constants."""
        saved = trace.recall(self, grad_output).saved
        dy, normalized = batch_last(grad_output).contiguous(), batch_last(saved["normalized"])
        dy_rows, rows = dy.view(self.num_features, -1), normalized.view(self.num_features, -1)
        grad_x = trace.buffer(self, "grad_x", dy.shape, like=dy)
        grad_rows = grad_x.view_as(rows)
        weight_grad = torch.mul(dy_rows, rows, out=grad_rows).sum(1)
        bias_grad = dy_rows.sum(1)
        self.weight.grad += weight_grad
        self.bias.grad += bias_grad
        if saved["from_batch"]:
            count = rows.shape[1]
            torch.mul(rows, (weight_grad / -count)[:, None], out=grad_rows)
            grad_rows.add_(dy_rows).sub_((bias_grad / count)[:, None])
        else:
            grad_rows.copy_(dy_rows)
        grad_rows.mul_((self.weight.value * saved["scale"])[:, None])
        return batch_first(grad_x)

    def _statistics(self, pixels: Tensor, trace: Trace) -> tuple[Tensor, Tensor]:
        """The batch's mean and variance `[C]`, and the running averages moved towards them."""
        count = pixels.shape[1]
        if count < 2:
            raise trace.error(
                self, "training needs more than one value per channel to have a variance; use a larger batch"
            )
        mean = pixels.mean(1)
        variance = (pixels - mean[:, None]).square_().mean(1)
        self.running_mean.value.lerp_(mean, self.momentum)
        self.running_var.value.lerp_(variance * (count / (count - 1)), self.momentum)
        self.num_batches_tracked.value += 1
        return mean, variance

    def _running(self) -> tuple[Tensor, Tensor]:
        return self.running_mean.value.clone(), self.running_var.value
