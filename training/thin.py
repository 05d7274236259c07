"""Takes hidden channels out of the network's feed-forward blocks: python thin.py MODEL.onnx OUT.onnx --fonts DIR

A block is a 1×1 convolution to more channels, GELU, and one back. Channels go one by one, each time
the one whose loss the others make up for best (optimal brain surgeon, Hassibi & Stork 1993, on the
block's output); what stays is fitted by least squares to what the whole network says there, with
the inputs that the thinned network really has. Train afterwards.
"""

import argparse

import numpy as np
import torch
from onnx import numpy_helper

import lines
import net
import score


def blocks(network):
    """(weight, bias, weight, bias, hidden value, output) of each block, from the input on."""
    made = {out: (op, ins) for op, ins, out, _ in network.steps}
    users = {}
    for op, ins, out, _ in network.steps:
        for i in ins:
            users.setdefault(i, []).append((op, ins, out))
    found = []
    for op, ins, out, _ in network.steps:
        if op != "Gelu" or made[ins[0]][0] != "Add":
            continue
        plus = made[ins[0]][1]
        first, (after, *_) = made[plus[0]], users[out]
        if first[0] == after[0] == "Conv" and network.params[network.names[first[1][1]]].shape[2:] == (1, 1):
            narrow = users[after[2]][0]
            found.append((first[1][1], plus[1], after[1][1], narrow[1][1], out, after[2]))
    return found


def at(network, name, pictures):
    """The value `name` of the network, positions × channels."""
    with torch.no_grad():
        return network(pictures, stop=name).permute(0, 2, 3, 1).flatten(0, 2).double().numpy()


def kept(cover, weight, count):
    """The `count` hidden channels that carry the block's output best; `cover` is their covariance."""
    left = np.arange(len(cover))
    inverse = np.linalg.inv(cover)
    # The weights refitted as channels go: what a lost one said is given to the others.
    while len(left) > count:
        loss = (weight**2).sum(0) / np.diag(inverse)
        worst = int(loss.argmin())
        weight = weight - np.outer(weight[:, worst] / inverse[worst, worst], inverse[worst])
        inverse = inverse - np.outer(inverse[:, worst], inverse[worst]) / inverse[worst, worst]
        stay = np.arange(len(left)) != worst
        left, weight, inverse = left[stay], weight[:, stay], inverse[np.ix_(stay, stay)]
    return left


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--fonts", action="append", default=["/usr/share/fonts"])
    parser.add_argument("--share", type=float, default=0.5, help="of the hidden channels that stay")
    parser.add_argument("--lines", type=int, default=240)
    given = parser.parse_args()
    whole, _ = net.load(given.model)
    thin, _ = net.load(given.model)
    maker = lines.Maker(given.fonts, lines.PRINTED, 11, hands=lines.HANDWRITTEN)
    pool = [maker.make()[0] for _ in range(given.lines)]
    groups = [score.tensor([pool[k] for k in group]) for group in score.batches(pool)]
    tensors = {t.name: t for t in thin.model.graph.initializer}

    def put(name, value):
        thin.params[thin.names[name]] = torch.nn.Parameter(torch.from_numpy(value.astype("f4").copy()), requires_grad=thin.params[thin.names[name]].requires_grad)
        tensors[name].CopyFrom(numpy_helper.from_array(value.astype("f4"), name))

    def got(name):
        return thin.params[thin.names[name]].detach().double().numpy()

    for expand, lift, project, shift, hidden, output in blocks(whole):
        n, hh, hy, sh, sy, yy = 0, 0, 0, 0, 0, 0
        for x in groups:
            h, y = at(thin, hidden, x), at(whole, output, x)
            n, hh, hy, sh, sy, yy = n + len(h), hh + h.T @ h, hy + h.T @ y, sh + h.sum(0), sy + y.sum(0), yy + (y**2).sum(0)
        mh, my = sh / n, sy / n
        cover, cross = hh / n - np.outer(mh, mh), hy / n - np.outer(mh, my)
        cover += np.eye(len(cover)) * 1e-4 * np.diag(cover).mean()
        full = np.linalg.solve(cover, cross).T
        stay = np.sort(kept(cover, full, round(len(cover) * given.share)))
        fitted = np.linalg.solve(cover[np.ix_(stay, stay)], cross[stay]).T
        unexplained = (yy / n - my**2 - np.einsum("os,so->o", fitted, cross[stay])).sum() / (yy / n - my**2).sum()
        print(f"{output} {len(cover)} -> {len(stay)} channels, {unexplained:.4f} of the output's variance lost", flush=True)
        put(expand, got(expand)[stay])
        put(lift, got(lift)[:, stay])
        put(project, fitted[:, :, None, None])
        put(shift, got(shift) + (my - fitted @ mh[stay])[None, :, None, None])  # what the lost channels said on average
    del thin.model.graph.value_info[:]
    thin.write(given.out)


if __name__ == "__main__":
    main()
