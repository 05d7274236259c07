"""The recogniser's ONNX graph as a torch module: run, train, write back into the same graph.

Check against onnxruntime: python net.py MODEL.onnx
"""

import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper
from torch import nn

import lines


def same_upper(x, kernel, stride):
    """ONNX's SAME_UPPER padding: the odd pixel goes right and below."""
    pads = []
    for size, k, s in zip(x.shape[:1:-1], kernel[::-1], stride[::-1]):
        total = max((-(-size // s) - 1) * s + k - size, 0)
        pads += [total // 2, total - total // 2]
    return pads


class Net(nn.Module):
    """Runs the graph node by node; float initialisers are parameters, the rest are constants."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.names, self.params, self.consts = {}, nn.ParameterDict(), {}
        for t in model.graph.initializer:
            value = numpy_helper.to_array(t)
            if value.dtype == np.float32 and value.size > 1:
                key = t.name.replace(".", "_")
                self.names[t.name] = key
                self.params[key] = nn.Parameter(torch.from_numpy(value.copy()))
            else:
                self.consts[t.name] = torch.from_numpy(np.array(value))
        self.steps = [
            (n.op_type, list(n.input), n.output[0], {a.name: helper.get_attribute_value(a) for a in n.attribute})
            for n in model.graph.node
        ]
        for i in (3, 4):  # the statistics of batch normalisation stay as they are
            for op, ins, _, _ in self.steps:
                if op == "BatchNormalization":
                    self.params[self.names[ins[i]]].requires_grad_(False)
        self._fuse()
        self._last_use()

    def _fuse(self):
        """Drops Identity and joins x/c -> Erf -> +1 -> *x -> *0.5 to one gelu."""
        alias, steps = {}, []
        for op, ins, out, attrs in self.steps:
            ins = [alias.get(i, i) for i in ins]
            if op == "Identity":
                alias[out] = ins[0]
            else:
                steps.append((op, ins, out, attrs))
        users = {}
        for step in steps:
            for i in step[1]:
                users.setdefault(i, []).append(step)
        dead, made = set(), {}
        for step in steps:
            if step[0] != "Erf":
                continue
            div = next(s for s in steps if s[2] == step[1][0])
            chain, at = [div, step], step
            while at[0] != "Mul" or not any(i in self.consts and float(self.consts[i]) == 0.5 for i in at[1]):
                at = users[at[2]][0]
                chain.append(at)
                assert len(chain) < 6
            dead.update(s[2] for s in chain)
            made[at[2]] = ("Gelu", [div[1][0]], at[2], {})
        self.steps = [made.get(s[2], s) for s in steps if s[2] in made or s[2] not in dead]

    def _last_use(self):
        last = {}
        for k, (_, ins, _, _) in enumerate(self.steps):
            for i in ins:
                last[i] = k
        self.drop = [[] for _ in self.steps]
        for name, k in last.items():
            if name not in self.names and name not in self.consts:
                self.drop[k].append(name)

    def forward(self, x, logits=True, stop=None):
        """The network's logits (or probabilities); `stop` names an inner value to return instead."""
        values = {"x": x}

        def get(name):
            if name in values:
                return values[name]
            return self.params[self.names[name]] if name in self.names else self.consts[name]

        for (op, ins, out, attrs), drop in zip(self.steps, self.drop):
            if op == "Softmax" and logits and attrs["axis"] == 2:
                return get(ins[0])
            values[out] = self._run(op, [get(i) for i in ins], attrs)
            if out == stop:
                return values[out]
            for name in drop:
                values.pop(name, None)
        return values[out]

    def _run(self, op, v, a):
        if op == "Conv":
            pads, x = a.get("pads"), v[0]
            if a.get("auto_pad") == b"SAME_UPPER":
                x, pads = F.pad(x, same_upper(x, a["kernel_shape"], a["strides"])), [0] * 4
            return F.conv2d(x, v[1], None, a["strides"], pads[:2], a["dilations"], a["group"])
        if op == "BatchNormalization":
            return F.batch_norm(v[0], v[3], v[4], v[1], v[2], False, 0.0, a["epsilon"])
        if op == "MaxPool":
            pads = same_upper(v[0], a["kernel_shape"], a["strides"])
            return F.max_pool2d(F.pad(v[0], pads, value=float("-inf")), a["kernel_shape"], a["strides"])
        if op == "AveragePool":
            return F.avg_pool2d(v[0], a["kernel_shape"], a["strides"])
        if op == "HardSigmoid":
            return torch.clamp(v[0] * a["alpha"] + a["beta"], 0, 1)
        if op == "Reshape":
            shape = v[1].reshape(-1).tolist() if v[1].dim() else [int(v[1])]
            return v[0].reshape([v[0].shape[i] if s == 0 else s for i, s in enumerate(shape)])
        if op == "Slice":
            x = v[0]
            starts, ends, axes = (t.tolist() for t in v[1:4])
            for s, e, axis in zip(starts, ends, axes):
                x = x.narrow(axis, s, min(e, x.shape[axis]) - s)
            return x
        if op == "ReduceMean":
            return v[0].mean(a["axes"], keepdim=bool(a.get("keepdims", 1)))
        if op == "Squeeze":
            return v[0].squeeze(a["axes"][0])
        if op == "Unsqueeze":
            return v[0].unsqueeze(a["axes"][0])
        if op == "Concat":
            return torch.cat([t.reshape(-1) if a["axis"] == 0 else t for t in v], a["axis"])
        if op == "Shape":
            return torch.tensor(v[0].shape)
        if op == "Transpose":
            return v[0].permute(a["perm"])
        if op == "Softmax":
            return F.softmax(v[0], a["axis"])
        if op == "Gelu":
            return F.gelu(v[0])
        plain = {
            "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div, "Pow": torch.pow,
            "MatMul": torch.matmul, "Relu": F.relu, "Sigmoid": torch.sigmoid, "Sqrt": torch.sqrt,
        }
        return plain[op](*v)

    def write(self, path, metadata=None):
        """Stores the present weights in the graph, with `metadata` added or replaced."""
        for t in self.model.graph.initializer:
            if t.name in self.names:
                value = self.params[self.names[t.name]].detach().float().numpy()
                t.CopyFrom(numpy_helper.from_array(value, t.name))
        kept = {p.key: p.value for p in self.model.metadata_props}
        del self.model.metadata_props[:]
        for key, value in {**kept, **(metadata or {})}.items():
            self.model.metadata_props.add(key=key, value=value)
        onnx.save(self.model, path)


def height(model):
    """Rows of the network's input."""
    return model.graph.input[0].type.tensor_type.shape.dim[2].dim_value


def load(path):
    """The module of a model file, and its classes: "" (blank), the characters, the space."""
    model = onnx.load(path)
    lines.HEIGHT = height(model)
    text = next(p.value for p in model.metadata_props if p.key == "character")
    return Net(model), [""] + text.split("\n") + [" "]


if __name__ == "__main__":
    import time

    import onnxruntime

    torch.set_num_threads(1)
    net, _ = load(sys.argv[1])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(sys.argv[1], options)
    for width in (16, 100, 203, 777):
        x = np.random.default_rng(width).uniform(-1, 1, (2, 3, lines.HEIGHT, width)).astype("f4")
        with torch.no_grad():
            ours = net(torch.from_numpy(x), logits=False).numpy()
        worst = np.abs(ours - session.run(None, {"x": x})[0]).max()
        print(width, ours.shape, "largest difference", worst)
        assert worst < 1e-4
    x = torch.rand(16, 3, lines.HEIGHT, 320)
    start = time.process_time()
    net(x).logsumexp(-1).mean().backward()
    print("forward and backward, 16 lines of 320:", round(time.process_time() - start, 2), "s")
