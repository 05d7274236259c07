"""How far the network's confidence can be trusted, per class of character, and one temperature each.

python calibrate.py MODEL.onnx --fonts DIR      prints the table; --store puts `temperature` in the model

A character read with probability p is said to be right with p^(1/T) / (p^(1/T) + (1-p)^(1/T)), T being
the number of its class. Fitted on one half of the held-out lines, shown on the other.
"""

import argparse

import numpy as np
import torch

import net
import score

BINS = ((0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 1.01))


def cooled(p, t):
    """The probability at temperature `t`."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    odds = (p / (1 - p)) ** (1 / t)
    return odds / (1 + odds)


def fitted(rows):
    """The temperature under which what came true was likeliest."""
    p, ok = (np.array(column, float) for column in zip(*rows))
    cost = lambda t: -np.mean(np.log(np.where(ok > 0, cooled(p, t), 1 - cooled(p, t))))
    return round(float(min(np.arange(0.6, 4.01, 0.05), key=cost)), 2)


def off(rows, t):
    """Mean gap of said and true over the bins (expected calibration error)."""
    p, ok = (np.array(column, float) for column in zip(*rows))
    p, gap = cooled(p, t), 0.0
    for low, high in BINS:
        here = (p >= low) & (p < high)
        gap += abs(p[here].sum() - ok[here].sum())
    return gap / len(p)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--fonts", action="append", default=["/usr/share/fonts"])
    parser.add_argument("--count", type=int, default=900)
    parser.add_argument("--store", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    network, classes = net.load(given.model)
    todo = score.held_out(given.fonts, seed=77, count=given.count, hands=0)
    got = score.read(network, classes, [t[0] for t in todo])
    halves = [score.by_class(todo[k::2], got[k::2]) for k in (0, 1)]
    stored = []
    print("class   T     n     right  " + "  ".join(f"said {low}-{min(high, 1)}" for low, high in BINS) + "  gap at 1  gap at T")
    for name in score.CLASSES:
        t = fitted(halves[0][name])
        stored.append(f"{name} {t}")
        rows = halves[1][name]
        said = [[ok for p, ok in rows if low <= cooled(p, t) < high] for low, high in BINS]
        cells = [f"{np.mean(b):.2f} ({len(b)})" if b else "-" for b in said]
        print(f"{name:7} {t:4} {len(rows):5} {np.mean([ok for _, ok in rows]):.3f}  ", "  ".join(cells), f" {off(rows, 1):.3f}  {off(rows, t):.3f}")
    if given.store:
        network.write(given.model, {"temperature": "\n".join(stored)})


if __name__ == "__main__":
    main()
