"""A Transformer's columns: patches, tokens, every block with its heads, and what is read from them in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scratchnn.figures.network.cnn import image_column, linear_column, probability_column
from scratchnn.figures.network.column import Column, Source
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.attention import read_attention

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.layers.encoder import CustomTransformerEncoderLayer
    from scratchnn.models import CustomTransformer
    from scratchnn.trace import Trace

_EMBEDDING, _CLASSIFIER = "Embedding", "Classifier"  # modules
_NORM = "layer normalisation"


def transformer_columns(model: CustomTransformer, trace: Trace, probabilities: Tensor) -> list[Column]:
    """From the image over every block's inside to the probabilities [B, classes].

    A token's numbers are folded into as many rows as there are heads: of what the heads work on, a row is a head's.
    """
    reader = _Reader(model, trace)
    found = [image_column(trace), *_embedding(reader)]
    flow = read_attention(model, trace).flow()
    for number, layer in enumerate(model.encoder.layers):
        found += _Block(reader, layer, number, flow[number], found[-1].name).columns()
    found += _classifier(reader, found[-1])
    return [*found, probability_column(found[-1], probabilities)]


def _embedding(reader: _Reader) -> Iterator[Column]:
    pixels = values(reader.model, reader.trace, "patch_embedding.pixels")
    size = reader.model.config.patch_size
    yield Column(
        "patch_embedding.pixels", "patches", "the image in patches", _EMBEDDING, "patches",
        pixels.view(-1, size, size), list(pixels.shape), (Source("input", "cut"),),
    )  # fmt: skip
    yield reader.tokens("patch_embedding", "tokens", "linear", _EMBEDDING, "patch_embedding.pixels", "whole")
    shift = -int(reader.model.class_token is not None)  # the class token stands before the first patch
    kind = {"learned": "plus learned positions", "sinusoidal": "plus sinusoidal positions", "none": "no positions"}
    title = kind[reader.model.config.position]
    yield reader.tokens("position", "position", title, _EMBEDDING, "patch_embedding", "same", shift)


def _classifier(reader: _Reader, stream: Column) -> Iterator[Column]:
    model, trace = reader.model, reader.trace
    if model.encoder.norm is not None:
        yield (stream := reader.tokens("encoder.norm", "norm", _NORM, _CLASSIFIER, stream.name, "whole"))
    title = "mean of the tokens" if model.class_token is None else "the class token alone"
    numbers = values(model, trace, "pooling")
    pooled = Column(
        "pooling", "pooling", title, _CLASSIFIER, "units", numbers.view(-1, 1, 1), list(numbers.shape),
        (Source(stream.name, "mean"),), shares=trace["pooling"].saved["share"][0],
    )  # fmt: skip
    yield pooled
    logits = linear_column("head", model.head, _CLASSIFIER, trace, pooled, last=True)
    yield replace(logits, label="logits")  # for who looks for head 3 of attention, a 3 below "head" would be a trap


@dataclass(frozen=True)
class _Reader:
    """Makes columns of a pass's numbers."""

    model: CustomTransformer
    trace: Trace

    def tokens(self, name: str, label: str, title: str, module: str, source: str, how: str, shift: int = 0) -> Column:
        rows = values(self.model, self.trace, name)  # (T, E)
        return Column(
            name, label, title, module, "tokens", self.folded(rows), list(rows.shape), (Source(source, how, shift),)
        )

    def folded(self, rows: Tensor) -> Tensor:
        """[T, E] → [T, heads, E / heads]; in fewer rows where the heads do not divide it."""
        width, heads = rows.shape[1], self.model.config.heads
        lines = next(lines for lines in range(heads, 0, -1) if width % lines == 0)
        return rows.reshape(len(rows), lines, -1)


@dataclass(frozen=True)
class _Block:
    """One encoder block; it reads the column `stream`."""

    reader: _Reader
    layer: CustomTransformerEncoderLayer
    number: int
    flow: Tensor  # [T, T]
    stream: str

    def columns(self) -> list[Column]:
        """Of these, the weights and the output are seen while the block is closed."""
        found = [*(self._norm_first() if self.layer.norm_first else self._norm_last())]
        weights, last = self._name("self_attn.softmax"), found[-1].name
        for turn, column in enumerate(found):
            column = replace(column, block=self.number, inside=column.name not in (weights, last))
            if column.name == weights:
                column = replace(column, closed=(Source(self.stream, "query"), Source(self.stream, "key")))
            if column.name == last:
                closed = (Source(self.stream, "flow"), Source(weights, "over"))
                column = replace(column, label="output", flow=self.flow, closed=closed)
            found[turn] = column
        return found

    def _norm_first(self) -> Iterator[Column]:
        yield self._tokens("norm1", "norm1", _NORM, self.stream, "whole")
        yield from self._attention(self._name("norm1"))
        yield self._sum("residual1", self.stream, self._name("self_attn.out_proj"))
        yield self._tokens("norm2", "norm2", _NORM, self._name("residual1"), "whole")
        yield from self._feed_forward(self._name("norm2"))
        yield self._sum("residual2", self._name("residual1"), self._name("linear2"))

    def _norm_last(self) -> Iterator[Column]:
        yield from self._attention(self.stream)
        yield self._sum("residual1", self.stream, self._name("self_attn.out_proj"))
        yield self._tokens("norm1", "norm1", _NORM, self._name("residual1"), "whole")
        yield from self._feed_forward(self._name("norm1"))
        yield self._sum("residual2", self._name("norm1"), self._name("linear2"))
        yield self._tokens("norm2", "norm2", _NORM, self._name("residual2"), "whole")

    def _attention(self, source: str) -> Iterator[Column]:
        query, key, value = (self._projection(part, source) for part in ("query", "key", "value"))
        yield query
        yield key
        yield self._heads("self_attn.scores", "scores", "query · key ÷ √d", "scores",
                          (Source(query.name, "query"), Source(key.name, "key")))  # fmt: skip
        scores, weights = self._name("self_attn.scores"), self._name("self_attn.softmax")
        yield self._heads("self_attn.softmax", "weights", "softmax", "weights", (Source(scores, "row"),))
        yield value
        context = self._tokens("self_attn.context", "heads", "weights · values", value.name, "gather")
        yield replace(context, sources=(*context.sources, Source(weights, "gathered")), flow=self.flow)
        yield self._tokens("self_attn.out_proj", "project", "linear", context.name, "whole")

    def _feed_forward(self, source: str) -> Iterator[Column]:
        kind = {"relu": "ReLU", "gelu": "GELU"}[self.reader.model.config.activation]
        yield self._tokens("linear1", "linear1", "linear", source, "whole")
        yield self._tokens("activation", kind, kind, self._name("linear1"), "same")
        yield self._tokens("linear2", "linear2", "linear", self._name("activation"), "whole")

    def _tokens(self, name: str, label: str, title: str, source: str, how: str) -> Column:
        return self.reader.tokens(self._name(name), label, title, self._module, source, how)

    def _projection(self, part: str, source: str) -> Column:
        name = self._name(f"self_attn.{part}")
        heads = values(self.reader.model, self.reader.trace, name)  # (H, T, d)
        return Column(
            name, part, "linear, split into heads", self._module, "projections", heads.transpose(0, 1),
            list(heads.shape), (Source(source, "whole"),),
        )  # fmt: skip

    def _heads(self, name: str, label: str, title: str, kind: str, sources: tuple[Source, ...]) -> Column:
        maps = values(self.reader.model, self.reader.trace, self._name(name))  # (H, T, T)
        return Column(self._name(name), label, title, self._module, kind, maps, list(maps.shape), sources)

    def _sum(self, name: str, past: str, through: str) -> Column:
        column = self._tokens(name, "sum", "what came in, and what was found", past, "added")
        return replace(column, sources=(Source(past, "added"), Source(through, "added")))

    def _name(self, part: str) -> str:
        return f"encoder.layers.{self.number}.{part}"

    @property
    def _module(self) -> str:
        return f"Block {self.number}"
