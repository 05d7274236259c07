"""Gives the new classes their first weights from pictures: python imprint.py MODEL.onnx --fonts DIR

The base network stays as it is. Each new character is drawn alone in several typefaces; the columns
in which the network sees ink are its examples, columns of ordinary lines keep their old answer, and
only the new columns of the head are fitted to both.
"""

import argparse

import onnx
import torch
import torch.nn.functional as F

import lines
import net
import prune
import score

FEATURES = "p2o.pd_op.transpose.8.0"


def new_classes(network):
    """Indices of the classes that have no trained weights yet."""
    bias = network.params[network.names[prune.BIAS]]
    return (bias.detach() < prune.SILENT / 2).nonzero().flatten()


def examples(network, pictures):
    """The features of every column of each picture."""
    out = [None] * len(pictures)
    with torch.no_grad():
        for group in score.batches(pictures):
            features = network(score.tensor([pictures[k] for k in group]), stop=FEATURES)
            for row, k in zip(features, group):
                out[k] = row[: max(1, -(-pictures[k].shape[1] // 8))].clone()
    return out


def imprint(network, classes, folders, seed=11, copies=8, others=1500):
    """Fits the head's new columns in place; returns how many there were."""
    new = new_classes(network)
    maker = lines.Maker(folders, lines.PRINTED, seed)
    pictures, labels = [], []
    for k in new.tolist():
        able = [f for f in maker.faces if f.covers(classes[k])]
        for _ in range(copies if able else 0):
            size = maker.r.choice([40, 48, 56, 64, 80])
            page, _ = lines.draw(maker.r, classes[k], maker.r.choice(able), None, size)
            cut = page[int(size * 0.7) : int(size * 2.4), int(size * 0.7) :]
            picture = lines.prepared(maker.r, lines.degrade(maker.r, maker.n, cut, maker.r.choice(["fine", "fine", "standard"])))
            if picture is not None:
                pictures.append(picture)
                labels.append(k)
    weight, bias = (network.params[network.names[n]].detach() for n in (prune.WEIGHT, prune.BIAS))
    columns, answers = [], []
    for feature, k in zip(examples(network, pictures), labels):
        ink = (feature @ weight + bias).softmax(-1)[:, 0] < 0.5
        columns += [feature[ink], feature[~ink]]
        answers += [torch.full((int(ink.sum()),), k), torch.zeros(int((~ink).sum()), dtype=torch.long)]
    for feature in examples(network, [maker.make()[0] for _ in range(others)]):
        columns.append(feature)
        answers.append((feature @ weight + bias).argmax(-1))
    columns, answers = torch.cat(columns), torch.cat(answers)
    fresh_weight = weight[:, new].clone().requires_grad_()
    fresh_bias = torch.zeros(len(new), requires_grad=True)
    optimiser = torch.optim.AdamW([fresh_weight, fresh_bias], lr=0.02, weight_decay=0.01)
    seldom = torch.isin(answers, new)
    pools = seldom.nonzero().flatten(), (~seldom).nonzero().flatten()
    torch.manual_seed(seed)
    steps = 500
    for step in range(steps):
        pick = torch.cat([pool[torch.randint(len(pool), (256,))] for pool in pools])
        x = columns[pick]
        logits = x @ weight + bias
        logits = logits.index_copy(1, new, x @ fresh_weight + fresh_bias)
        loss = F.cross_entropy(logits, answers[pick])
        for group in optimiser.param_groups:
            group["lr"] = 0.02 * (1 - step / steps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    print(f"{len(new)} new classes from {int(seldom.sum())} columns, last loss {loss.item():.3f}")
    with torch.no_grad():  # no louder than the trained columns: they were shown far too often
        quiet = (0.9 / fresh_weight.norm(dim=0)).clamp(max=1)
        weight[:, new], bias[new] = fresh_weight * quiet, fresh_bias * quiet - 1
    return len(new)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--fonts", action="append", default=["/usr/share/fonts"])
    given = parser.parse_args()
    torch.set_num_threads(1)
    network, classes = net.load(given.model)
    imprint(network, classes, given.fonts)
    network.write(given.model)
    onnx.checker.check_model(onnx.load(given.model))
