"""Gives a recogniser a lower input: 32 rows are what a fax line has; it must be trained on after that.

python lower.py MODEL.onnx OUT.onnx --height 32
"""

import argparse

import onnx

# The network halves its rows four times and then takes the mean of what is left.
HALVINGS = 16

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--height", type=int, default=32)
    given = parser.parse_args()
    model = onnx.load(given.model)
    for node in model.graph.node:
        if node.op_type == "AveragePool":
            for a in node.attribute:
                if a.name in ("kernel_shape", "strides"):
                    a.ints[0] = given.height // HALVINGS
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = given.height
    onnx.save(model, given.out)
