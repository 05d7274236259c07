"""Trains the line recogniser on rendered fax lines, for as long as it is told to.

python train.py START.onnx OUT.onnx --fonts DIR --minutes 40 --state STATE.pt
Goes on from STATE.pt if it is there; OUT.onnx is written whenever the held-out lines are read better.
"""

import argparse
import math
import multiprocessing
import pathlib
import time

import torch
import torch.nn.functional as F

import imprint
import lines
import net
import prune
import score


def feed(queue, folders, seed, new):
    """Endless pools of lines, made beside the training."""
    maker = lines.Maker(folders, lines.PRINTED, seed, new, hands=lines.HANDWRITTEN)
    while True:
        queue.put([maker.make()[:2] for _ in range(240)])


class Optimiser:
    """AdamW for the body. The head takes steps of one length for the whole matrix instead: with
    Adam's own measure for each weight, the small but steady push against characters that this
    batch lacks would weigh as much as the evidence for those it has."""

    def __init__(self, network, rate, head_rate):
        heads = {network.names[n] for n in (prune.WEIGHT, prune.BIAS)}
        self.head = [p for k, p in network.params.items() if k in heads]
        self.body = [p for k, p in network.params.items() if k not in heads and p.requires_grad]
        self.adam = torch.optim.AdamW(self.body, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
        self.rate, self.head_rate = rate, head_rate
        self.moment = [torch.zeros_like(p) for p in self.head]
        self.size = 0.0
        self.steps = 0

    def step(self, share):
        """One step at `share` of the full rate."""
        self.steps += 1
        torch.nn.utils.clip_grad_norm_(self.body, 2.0)
        for group in self.adam.param_groups:
            group["lr"] = self.rate * share
        self.adam.step()
        norm = math.sqrt(sum(float((p.grad**2).sum()) for p in self.head))
        self.size = max(norm, 0.98 * self.size + 0.02 * norm)
        with torch.no_grad():
            for p, m in zip(self.head, self.moment):
                m.mul_(0.9).add_(p.grad, alpha=0.1)
                p.sub_(m, alpha=self.head_rate * share / (self.size + 1e-8))
        for p in self.head + self.body:
            p.grad = None

    def state(self):
        return {"adam": self.adam.state_dict(), "moment": self.moment, "size": self.size, "steps": self.steps}

    def restore(self, saved):
        self.adam.load_state_dict(saved["adam"])
        self.moment, self.size, self.steps = saved["moment"], saved["size"], saved["steps"]


def loss_of(network, number, pool, group):
    """The mean CTC loss of one batch."""
    labels = [[number[c] for c in pool[k][1]] for k in group]
    logits = network(score.tensor([pool[k][0] for k in group]))
    columns = torch.tensor([min(logits.shape[1], -(-pool[k][0].shape[1] // 8)) for k in group])
    sizes = torch.tensor([len(label) for label in labels])
    target = torch.tensor([c for label in labels for c in label])
    return F.ctc_loss(F.log_softmax(logits, -1).transpose(0, 1), target, columns, sizes, zero_infinity=True)


def swap(network, average):
    """Exchanges the weights with their running mean."""
    for k, p in network.params.items():
        p.data, average[k] = average[k], p.data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("start")
    parser.add_argument("out")
    parser.add_argument("--fonts", action="append", default=["/usr/share/fonts"])
    parser.add_argument("--minutes", type=float, default=40, help="of one CPU thread")
    parser.add_argument("--every", type=float, default=5, help="minutes between validations")
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--head-rate", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", default="state.pt")
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    begun = time.process_time()
    network, classes = net.load(given.start)
    number = {c: k for k, c in enumerate(classes)}
    state = pathlib.Path(given.state)
    new = [classes[k] for k in imprint.new_classes(network).tolist()]
    if new and not state.exists():
        imprint.imprint(network, classes, given.fonts, copies=6, others=800)
    for p in network.params.values():
        if p.dim() == 4:
            p.data = p.data.contiguous(memory_format=torch.channels_last)
    optimiser = Optimiser(network, given.rate, given.head_rate)
    average = {k: p.data.clone() for k, p in network.params.items()}
    seen, spent, best = 0, 0.0, None
    if state.exists():
        saved = torch.load(state, weights_only=False)
        network.load_state_dict(saved["network"])
        optimiser.restore(saved["optimiser"])
        average, seen, spent, best = saved["average"], saved["seen"], saved["spent"], saved["best"]
    queue = multiprocessing.Queue(3)
    worker = multiprocessing.Process(target=feed, args=(queue, given.fonts, given.seed * 1000 + seen, new), daemon=True)
    worker.start()
    todo = score.held_out(given.fonts, count=480, hands=100)
    curve = pathlib.Path(__file__).with_name("curve.tsv")
    if not curve.exists():
        curve.write_text("minutes\tlines\tloss\texact\terror\tfine\tstandard\tfaded\thandwriting\n")

    def validate(loss):
        nonlocal best
        swap(network, average)
        sums = score.table(todo, score.read(network, classes, [t[0] for t in todo]))
        exact, error = sums["all"][1] / sums["all"][0], sums["all"][2] / sums["all"][3]
        parts = [f"{sums[s][2] / sums[s][3]:.4f}" for s in ("fine", "standard", "faded", "handwriting")]
        row = [f"{spent / 60:.1f}", str(seen), f"{loss:.4f}", f"{exact:.4f}", f"{error:.4f}", *parts]
        print("\t".join(row), flush=True)
        with curve.open("a") as f:
            f.write("\t".join(row) + "\n")
        if best is None or error < best:
            best = error
            trained = f"{seen} rendered lines, seed {given.seed}, held-out character error {error:.4f}"
            network.write(given.out + ".part", {"trained": trained, "version": "1"})
            pathlib.Path(given.out + ".part").replace(given.out)
        swap(network, average)
        torch.save({"network": network.state_dict(), "optimiser": optimiser.state(), "average": average, "seen": seen, "spent": spent, "best": best}, state)

    validate(float("nan"))
    end, due, mean = given.minutes * 60, given.every * 60, None
    earlier = spent
    while spent < end:
        pool = queue.get()
        groups = list(score.batches([p for p, _ in pool]))
        for j in torch.randperm(len(groups)).tolist():
            loss = loss_of(network, number, pool, groups[j])
            loss.backward()
            warm = min(1.0, (optimiser.steps + 1) / 40)
            optimiser.step(warm * (0.5 + 0.5 * math.cos(math.pi * min(1.0, spent / end)) * 0.98))
            keep = min(0.995, 1 - 1 / (optimiser.steps + 1))
            with torch.no_grad():
                for k, p in network.params.items():
                    average[k].lerp_(p.data, 1 - keep)
            mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
            seen += len(groups[j])
            spent = earlier + time.process_time() - begun
            if optimiser.steps % 20 == 0:
                print(f"{spent / 60:.1f} min, {seen} lines, loss {mean:.4f}", flush=True)
            if spent > due or spent > end:
                due = spent + given.every * 60
                validate(mean)
            if spent > end:
                break
    worker.terminate()


if __name__ == "__main__":
    main()
