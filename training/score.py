"""How well a model reads rendered lines of typefaces and a degradation it was not trained on.

python score.py MODEL.onnx --fonts DIR [--worst PICTURE.png]
"""

import argparse
import collections

import numpy as np
import torch

import charset
import lines
import net

SHEETS = lines.SHEETS + ("faded",)
CLASSES = ("digit", "latin", "kana", "kanji", "symbol")


def kind(c):
    """The class of a character in tables of confidence."""
    if c.isdigit() and c < "Ā":
        return "digit"
    if c.isalpha() and c < "Ā":
        return "latin"
    if "ぁ" <= c <= "ヿ" and c != "・":
        return "kana"
    return "kanji" if c >= "\u3400" and not "！" <= c <= "￮" or c in "々〆仝" else "symbol"


def alignment(a, b):
    """Edit distance of `a` (truth) and `b` (read), and which of `b` stand right."""
    cost = np.arange(len(b) + 1)
    table = [cost]
    for i, x in enumerate(a):
        row = np.empty_like(cost)
        row[0] = i + 1
        for j, y in enumerate(b):
            row[j + 1] = min(table[-1][j] + (x != y), table[-1][j + 1] + 1, row[j] + 1)
        table.append(row)
    right, i, j = [False] * len(b), len(a), len(b)
    while i and j:
        if table[i][j] == table[i - 1][j - 1] + (a[i - 1] != b[j - 1]):
            right[j - 1] = a[i - 1] == b[j - 1]
            i, j = i - 1, j - 1
        elif table[i][j] == table[i][j - 1] + 1:
            j -= 1
        else:
            i -= 1
    return int(table[-1][-1]), right


def batches(pictures, budget=5200):
    """Indices of pictures of like width, few enough to fit `budget` columns."""
    order = sorted(range(len(pictures)), key=lambda k: pictures[k].shape[1])
    group = []
    for k in order:
        if group and (len(group) + 1) * pictures[k].shape[1] > budget:
            yield group
            group = []
        group.append(k)
    if group:
        yield group


def tensor(pictures):
    """A batch as the network takes it; what is missing at the right is white."""
    width = max(p.shape[1] for p in pictures)
    out = np.full((len(pictures), 1, lines.HEIGHT, width), 255, "u1")
    for k, p in enumerate(pictures):
        out[k, 0, :, : p.shape[1]] = p
    x = torch.from_numpy(out).float().div(255).sub(0.5).div(0.5).expand(-1, 3, -1, -1)
    return x.contiguous(memory_format=torch.channels_last)


def greedy(logits, classes):
    """[(character, logits of its column)] of one line."""
    best, found, before = logits.argmax(-1).tolist(), [], 0
    for t, k in enumerate(best):
        if k and k != before:
            found.append([classes[k], logits[t]])
        elif k and logits[t].max() > found[-1][1].max():
            found[-1][1] = logits[t]
        before = k
    return found


def held_out(folders, seed=2026, count=600, hands=200, new=()):
    """The validation lines: held-out typefaces, then handwriting-like ones."""
    printed = lines.Maker(folders, lines.HELD_OUT, seed, new, sheets=SHEETS, weights=(4, 4, 2, 2, 1, 2))
    written = lines.Maker(folders, lines.HANDWRITTEN, seed + 1, new, sheets=SHEETS[:2], weights=(1, 1))
    made = [printed.make() for _ in range(count)] + [written.make() for _ in range(hands)]
    return [(p, label, sheet if k < count else "handwriting") for k, (p, label, sheet, _) in enumerate(made)]


def read(network, classes, pictures):
    """What the network reads in each picture, as `greedy` gives it."""
    out = [None] * len(pictures)
    with torch.no_grad():
        for group in batches(pictures):
            logits = network(tensor([pictures[k] for k in group]))
            for row, k in zip(logits, group):
                columns = max(1, -(-pictures[k].shape[1] // 8))
                out[k] = [(c, v.clone()) for c, v in greedy(row[:columns], classes)]
    return out


def table(lines_, readings):
    """{degradation: [lines, exact, errors, characters]}, spaces left out."""
    sums = collections.defaultdict(lambda: np.zeros(4))
    for (_, label, sheet), got in zip(lines_, readings):
        want = label.replace(" ", "")
        text = "".join(c for c, _ in got).replace(" ", "")
        row = np.array([1, text == want, alignment(want, text)[0], len(want)])
        sums[sheet] += row
        if sheet != "handwriting":
            sums["all"] += row
    return sums


def every_kanji(folders):
    """Each kanji of JIS levels 1 and 2 once, in a held-out typeface as a fine fax brings it."""
    maker = lines.Maker(folders, lines.HELD_OUT[:1], 7)
    kanji = [c for c in charset.characters() if c in set(charset.kanji())]
    maker.r.shuffle(kanji)
    made = []
    for start in range(0, len(kanji), 6):
        line = "".join(c for c in kanji[start : start + 6] if maker.faces[0].covers(c))
        page, _ = lines.draw(maker.r, line, maker.faces[0], None, 60)
        made.append((lines.prepared(None, lines.degrade(maker.r, maker.n, page[42:138, 42:], "fine")), line, "every kanji"))
    return made


def show(sums):
    for sheet, (n, exact, errors, chars) in sums.items():
        print(f"{sheet:12} lines {n:4.0f}  exact {exact / n:.3f}  character error {errors / chars:.4f}")


def by_class(lines_, readings, heat=None):
    """Per class of the read character: how many, how often right, mean confidence, reliability bins."""
    seen = collections.defaultdict(list)
    for (_, label, sheet), got in zip(lines_, readings):
        if sheet == "handwriting":
            continue
        got = [g for g in got if g[0] != " "]
        right = alignment(label.replace(" ", ""), "".join(c for c, _ in got))[1]
        for (c, logits), ok in zip(got, right):
            t = heat[kind(c)] if heat else 1.0
            seen[kind(c)].append((float(torch.softmax(logits / t, -1).max()), ok))
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--fonts", action="append", default=["/usr/share/fonts"])
    parser.add_argument("--worst")
    parser.add_argument("--kanji", action="store_true", help="also each kanji once")
    given = parser.parse_args()
    torch.set_num_threads(1)
    network, classes = net.load(given.model)
    todo = held_out(given.fonts)
    got = read(network, classes, [t[0] for t in todo])
    show(table(todo, got))
    if given.kanji:
        each = every_kanji(given.fonts)
        sums = table(each, read(network, classes, [t[0] for t in each]))
        show({"every kanji": sums["every kanji"]})
    for name in CLASSES:
        rows = by_class(todo, got)[name]
        bins = [[ok for p, ok in rows if low <= p < high] for low, high in ((0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 1.01))]
        print(f"{name:10} {len(rows):5} right {np.mean([ok for _, ok in rows]):.3f} said {np.mean([p for p, _ in rows]):.3f} ", " ".join(f"{np.mean(b):.2f}/{len(b)}" if b else "-" for b in bins))
    if given.worst:
        text = ["".join(c for c, _ in g).replace(" ", "") for g in got]
        bad = lambda k: alignment(todo[k][1].replace(" ", ""), text[k])[0] / max(4, len(todo[k][1]))
        worst = sorted((k for k in range(len(todo)) if todo[k][2] != "handwriting"), key=bad, reverse=True)[:20]
        lines.sheet_of([todo[k][0] for k in worst], [f"{todo[k][2]}: {todo[k][1]}  →  {text[k]}" for k in worst], given.worst)
