"""Cuts the head of the base recogniser to our characters: python prune.py BASE.onnx OUT.onnx"""

import hashlib
import sys

import numpy as np
import onnx
from onnx import numpy_helper

import charset

WEIGHT, BIAS = "linear_8.w_0", "linear_8.b_0"
SILENT = -30.0  # bias of a class that nobody has trained yet: it never wins


def base_of(c, rows):
    """The base's character for ours: itself, its full-width form, or None."""
    if c in rows:
        return c
    wide = chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c
    return wide if wide in rows else None


def prune(model):
    """Cuts the head in place; returns the characters that start without trained weights."""
    theirs = next(p.value for p in model.metadata_props if p.key == "character").split("\n")
    rows = {c: i + 1 for i, c in enumerate(theirs)}
    tensors = {t.name: t for t in model.graph.initializer}
    weight, bias = (numpy_helper.to_array(tensors[n]) for n in (WEIGHT, BIAS))
    ours = charset.characters()
    noise = np.random.default_rng(6)
    columns, biases, new = [weight[:, 0]], [bias[0]], []
    for c in ours:
        found = base_of(c, rows)
        if found:
            columns.append(weight[:, rows[found]])
            biases.append(bias[rows[found]])
            continue
        new.append(c)
        like = charset.LOOKS.get(c)
        start = weight[:, rows[like]] if like in rows else np.zeros(len(weight))
        columns.append(start + noise.normal(0, 0.02, len(weight)))
        biases.append(SILENT)
    columns.append(weight[:, -1])
    biases.append(bias[-1])
    tensors[WEIGHT].CopyFrom(numpy_helper.from_array(np.stack(columns, 1).astype("f4"), WEIGHT))
    tensors[BIAS].CopyFrom(numpy_helper.from_array(np.array(biases, "f4"), BIAS))
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(columns)
    del model.graph.value_info[:]  # still speaks of the old width
    return ours, new


def describe(model, ours, trained):
    """Writes the metadata the product reads."""
    base = {"character": "\n".join(ours), "version": "1", "trained": trained}
    keep = {p.key: p.value for p in model.metadata_props if p.key in ("temperature",)}
    del model.metadata_props[:]
    for key, value in {**keep, **base}.items():
        model.metadata_props.add(key=key, value=value)


if __name__ == "__main__":
    model = onnx.load(sys.argv[1])
    ours, new = prune(model)
    describe(model, ours, "no: PP-OCRv6 small recognition, head cut to our characters")
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[2])
    digest = hashlib.sha256(open(sys.argv[2], "rb").read()).hexdigest()
    print(f"{len(ours)} characters, {len(new)} new: {''.join(new)}\nsha256 {digest}")
