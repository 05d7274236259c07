"""Pictures of text lines as a fax brings them, with what stands on them.

A look at them: python lines.py --fonts DIR --count 60 --sheet OUT.png
"""

import argparse
import pathlib
import random

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from fontTools.ttLib import TTCollection, TTFont

import charset
import texts

cv2.setNumThreads(1)
HEIGHT = 48  # of the pictures; net.load sets it to the height of the model's input
# Families by a piece of the file's name. Held out: never seen in training.
HELD_OUT = ("MTLc3m", "MTLmr3m", "ZenOldMincho")
HANDWRITTEN = ("setofont", "YOz", "KleeOne", "YujiSyuku", "kiloji", "Aoyagi")
PRINTED = (
    "ipag", "ipam", "ipagp", "ipamp", "ipaexg", "ipaexm", "NotoSansCJK-Regular", "NotoSansCJK-Bold", "NotoSansCJK-Medium", "NotoSerifCJK-Regular", "NotoSerifCJK-Bold",
    "VL-Gothic", "VL-PGothic", "ume-tgo4", "ume-tmo3", "ume-pgo4", "ume-pmo3", "migmix-1p", "migmix-2m", "migu-1c", "migu-1m", "BIZUDGothic", "BIZUDMincho", "BIZUDPGothic",
    "BIZUDPMincho", "monapo", "sawarabi", "HanaMinA", "konatu", "komatuna", "KaiseiDecol", "KosugiMaru", "MPLUSRounded1c_400", "MPLUSRounded1c_500", "MPLUSRounded1c_700", "ShipporiMincho_400",
    "ShipporiMincho_600", "ZenKakuGothicNew_400", "ZenKakuGothicNew_700", "ZenMaruGothic_400", "ZenMaruGothic_500",
)
LATIN = ("LiberationSans-Regular", "LiberationSans-Bold", "LiberationSerif-Regular", "LiberationMono-Regular", "DejaVuSansMono.ttf", "DejaVuSans.ttf")
SHEETS = ("fine", "standard", "scan", "copy", "shaded")  # degradations of training; "faded" is held out


class Face:
    """One typeface file and the characters it has."""

    def __init__(self, path):
        self.path, self.sizes = str(path), {}
        font = TTCollection(path, lazy=True).fonts[0] if path.suffix == ".ttc" else TTFont(path, lazy=True)
        self.has = set(font.getBestCmap())

    def at(self, size):
        if size not in self.sizes:
            self.sizes[size] = ImageFont.truetype(self.path, size)
        return self.sizes[size]

    def covers(self, text):
        return all(ord(c) in self.has for c in text if c not in " \u3000")


def faces(folders, names):
    """The faces whose file name starts with one of `names`."""
    files = sorted(f for folder in folders for f in pathlib.Path(folder).rglob("*") if f.suffix in (".ttf", ".otf", ".ttc"))
    by_name = {f.name: f for f in files}
    return [Face(f) for f in by_name.values() if any(f.name.lower().startswith(n.lower()) for n in names)]


def draw(r, line, face, latin, size):
    """The text at twice its size, grey on white, with the box of each character."""
    slashed = r.random() < 0.12
    tracking = r.choice([0, 0, 0, 0, 0.02, 0.05, 0.15, 0.4]) * size
    comb = len(line) < 14 and r.random() < (0.10 if line.replace("-", "").isdigit() else 0.01)
    if comb:
        tracking = max(tracking, 0.35 * size)
    thin = r.choice([0, 0, 0, 0, 0, 1]) if size > 44 else 0
    pad = size
    width = int(sum(size for _ in line) * 1.1 + tracking * len(line)) + 2 * pad
    image = Image.new("L", (width, size * 3), 255)
    pen, x, y, boxes = ImageDraw.Draw(image), pad, size, []
    for c in line:
        font = (latin if latin and "!" <= c <= "~" else face).at(size)
        step = size if c == "\u3000" else font.getlength(c)
        if c not in " \u3000":
            pen.text((x, y), c, font=font, fill=0, stroke_width=thin)
        if c in "0０" and slashed:
            left, top, right, low = pen.textbbox((x, y), c, font=font)
            pen.line((left + 0.1 * (right - left), low - 1, right - 0.1 * (right - left), top + 1), fill=0, width=max(2, size // 18))
        boxes.append((x, y, x + step, y + size))
        if comb:
            pen.line((x + step + tracking / 2, y - size // 6, x + step + tracking / 2, y + size * 7 // 6), fill=0, width=r.choice([2, 3, 4]))
        x += step + tracking
    return np.array(image)[:, : int(x) + pad], boxes


def decorate(r, page, boxes, size, face):
    """Ruling lines, underlines, rings, seals and neighbours: what forms and people add."""
    left, right, top, low = boxes[0][0], boxes[-1][2], boxes[0][1], boxes[0][3]
    h, w = page.shape
    thick = r.randint(2, 5)
    line = lambda a, b, t=None: cv2.line(page, tuple(int(v) for v in a), tuple(int(v) for v in b), r.choice([0, 0, 60]), t or thick, cv2.LINE_AA)
    if r.random() < 0.07:  # underline, sometimes touching
        y = low + r.randint(-size // 12, size // 4)
        line((left - r.randint(0, size), y), (right + r.randint(0, size // 2), y))
    if r.random() < 0.05:
        y = top - r.randint(0, size // 3)
        line((0 if r.random() < 0.5 else left, y), (w, y))
    if r.random() < 0.10:  # the side of a cell
        x = right + r.randint(1, size // 2) if r.random() < 0.5 else left - r.randint(1, size // 2)
        y0 = r.choice([top - size // 2, r.randint(int(top), int(low))])
        line((x, y0), (x, low + size // 3))
    if r.random() < 0.07:  # a ring round what is chosen
        n = r.randint(1, min(2, len(boxes)))
        k = r.randint(0, len(boxes) - n)
        a, b = boxes[k][0], boxes[k + n - 1][2]
        centre = (int((a + b) / 2) + r.randint(-4, 4), int((top + low) / 2) + r.randint(-4, 4))
        axes = (int((b - a) * r.uniform(0.5, 0.8)) + 4, int(size * r.uniform(0.5, 0.75)))
        start, sweep = r.randint(0, 360), r.choice([360, 360, 360, r.randint(60, 300)])
        cv2.ellipse(page, centre, axes, r.randint(-15, 15), start, start + sweep, r.choice([0, 0, 255]), thick, cv2.LINE_AA)
    if r.random() < 0.06:
        seal(r, page, boxes, size, face)
    if r.random() < 0.05:  # another line's feet or heads at the edge
        other = Image.new("L", (w, size), 255)
        ImageDraw.Draw(other).text((r.randint(0, size), 0), "".join(r.choice("診療医科病院名氏日月年のたりしに") for _ in range(w // size + 1)), font=face.at(size), fill=0)
        part = np.array(other)
        n = r.randint(2, size // 5)
        if r.random() < 0.5:
            y = int(top) - n - r.randint(0, size // 8)
            page[y : y + n] = np.minimum(page[y : y + n], part[size - n - size // 12 : size - size // 12])
        else:
            y = int(low) + r.randint(size // 12, size // 5)
            page[y : y + n] = np.minimum(page[y : y + n], part[size // 12 : size // 12 + n])


def seal(r, page, boxes, size, face):
    """A seal over the line's end; in half of the pictures taken off again, with what it hid."""
    radius = int(size * r.uniform(0.6, 1.1))
    cx = int(boxes[-1][2] - size * r.uniform(-0.8, 1.2))
    cy = int((boxes[0][1] + boxes[0][3]) / 2 + size * r.uniform(-0.3, 0.3))
    mark = Image.new("L", (4 * radius, 4 * radius), 255)
    pen = ImageDraw.Draw(mark)
    c, t = 2 * radius, max(2, size // r.randint(12, 24))
    pen.ellipse((c - radius, c - radius, c + radius, c + radius), outline=0, width=t)
    font = face.at(max(8, int(radius * 0.8)))
    name = "".join(r.choice("佐藤鈴木高橋田中伊渡辺山本村小林加吉山口松井上") for _ in range(2))
    for k, letter in enumerate(name):
        pen.text((c - radius * 0.4, c - radius * 0.85 + k * radius * 0.8), letter, font=font, fill=0)
    mark = np.array(mark.rotate(r.uniform(-12, 12), fillcolor=255))
    h, w = page.shape
    y0, x0 = cy - 2 * radius, cx - 2 * radius
    ys, xs = slice(max(0, y0), min(h, y0 + 4 * radius)), slice(max(0, x0), min(w, x0 + 4 * radius))
    piece = mark[ys.start - y0 : ys.stop - y0, xs.start - x0 : xs.stop - x0]
    k = r.random()
    if k < 0.45:
        page[ys, xs] = np.minimum(page[ys, xs], piece)
    elif k < 0.75:  # red read lighter: it stays as grey that half survives the threshold
        page[ys, xs] = np.minimum(page[ys, xs], np.maximum(piece, r.randint(100, 180)))
    else:
        page[ys, xs] = np.maximum(page[ys, xs], 255 - piece)


def bilevel(r, n, grey, dither=False):
    """Black and white as the sender's scanner decides it."""
    grey = grey.astype("f4") + n.normal(0, r.uniform(0, 14), grey.shape)
    if dither:
        bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], "f4") * 16 + 8
        limit = np.tile(bayer, (grey.shape[0] // 4 + 1, grey.shape[1] // 4 + 1))[: grey.shape[0], : grey.shape[1]]
        return np.where(grey < limit, 0, 255).astype("u1")
    return np.where(grey < r.triangular(80, 210, 140), 0, 255).astype("u1")


def turned(r, image, most):
    h, w = image.shape
    move = cv2.getRotationMatrix2D((w / 2, h / 2), r.uniform(-most, most), 1)
    move[0, 1] += r.uniform(-0.08, 0.08) if r.random() < 0.08 else 0  # slanted letters
    return cv2.warpAffine(image, move, (w, h), borderValue=255, flags=cv2.INTER_LINEAR)


def shrunk(r, image, fx, fy):
    """Sampled down with a random phase."""
    image = image[r.randint(0, 3) :, r.randint(0, 1) :]
    return cv2.resize(image, None, fx=fx, fy=fy, interpolation=cv2.INTER_AREA)


def degrade(r, n, page, sheet):
    """`page` (twice its size) as it arrives, square pixels again."""
    page = turned(r, page, r.choice([0.1, 0.4, 1.0]))
    if r.random() < 0.6:
        page = cv2.GaussianBlur(page, (0, 0), r.uniform(0.3, 1.3))
    if r.random() < 0.15:
        kernel = np.ones((2, 2), "u1")
        page = cv2.erode(page, kernel) if r.random() < 0.6 else cv2.dilate(page, kernel)
    if sheet == "faded":
        spots = cv2.resize(n.uniform(-1, 1, (3, max(2, page.shape[1] // 60))).astype("f4"), page.shape[::-1], interpolation=cv2.INTER_CUBIC)
        page = np.clip(page + np.clip(spots, 0, 1) * r.uniform(90, 190), 0, 255).astype("u1")
    if sheet == "shaded":
        page = np.clip(page.astype("f4") * r.uniform(0.72, 0.95) + 0, 0, 255).astype("u1")
    if sheet == "scan":
        scale = r.choice([0.5, 0.5, 0.75])
        grey = shrunk(r, page, scale, scale).astype("f4")
        low, high = r.uniform(0, 90), r.uniform(200, 255)
        grey = np.clip(low + grey * (high - low) / 255 + n.normal(0, r.uniform(0, 9), grey.shape), 0, 255).astype("u1")
        grey = cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, r.randint(25, 90)])[1], 0)
        return grey if r.random() < 0.6 else bilevel(r, n, grey)
    if sheet == "copy":
        first = bilevel(r, n, shrunk(r, page, 0.5, 0.5 if r.random() < 0.7 else 0.25))
        fy = page.shape[0] / first.shape[0]
        page = turned(r, cv2.resize(first, None, fx=2, fy=fy, interpolation=r.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR])), 0.5)
        page = cv2.GaussianBlur(page, (0, 0), r.uniform(0.5, 1.5))
    coarse = sheet == "standard" or sheet in ("shaded", "faded") and r.random() < 0.25
    if coarse and r.random() < 0.5:  # machines that read every other row
        small = shrunk(r, page, 0.5, 0.5)[r.randint(0, 1) :: 2]
    else:
        small = shrunk(r, page, 0.5, 0.25 if coarse else 0.5)
    out = bilevel(r, n, small, dither=sheet == "shaded" and r.random() < 0.5)
    if r.random() < 0.25:
        flips = n.random(out.shape) < r.choice([0.0005, 0.002, 0.006])
        out[flips] = 255 - out[flips]
    if r.random() < 0.06:  # rows lost or repeated on the line
        for _ in range(r.randint(1, 3)):
            y = r.randint(1, out.shape[0] - 1)
            out[y] = r.choice([np.full_like(out[y], 255), out[y - 1], np.roll(out[y], r.randint(3, 30))])
    if coarse:
        how = r.choice([cv2.INTER_NEAREST, cv2.INTER_NEAREST, cv2.INTER_LINEAR])
        out = cv2.resize(out, None, fx=1, fy=2, interpolation=how)
    return out


def prepared(r, image):
    """What the product gives the network: trimmed to ink, four pixels of white, soft, HEIGHT high."""
    dark = image < min(128, (int(image.min()) + int(image.max())) // 2)
    ys, xs = np.where(dark)
    if len(ys) < 4:
        return None
    y0, y1, x0, x1 = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
    if r and r.random() < 0.12 and y1 - y0 > 20:  # a box drawn too tight
        y0, y1 = y0 + r.randint(0, 2), y1 - r.randint(0, 2)
    cut = np.pad(image[y0:y1, x0:x1], 4, constant_values=255)
    soft = cv2.filter2D(cut, -1, np.outer([1, 2, 1], [1, 2, 1]).astype("f4") / 16, borderType=cv2.BORDER_REPLICATE)
    w = max(16, round(soft.shape[1] * HEIGHT / soft.shape[0]))
    return cv2.resize(soft, (w, HEIGHT), interpolation=cv2.INTER_AREA if soft.shape[0] > HEIGHT else cv2.INTER_LINEAR)


def room(label):
    """The fewest network columns in which CTC can write `label`."""
    return len(label) + sum(a == b for a, b in zip(label, label[1:]))


class Maker:
    """Endless lines from one seed."""

    def __init__(self, folders, names, seed, new=(), hands=(), sheets=SHEETS, weights=(6, 5, 2, 1.5, 1)):
        self.r, self.n = random.Random(seed), np.random.default_rng(seed)
        self.words = texts.Words()
        self.words.new = list(new) or self.words.level2
        self.faces, self.latin = faces(folders, names), faces(folders, LATIN)
        self.hands = faces(folders, hands) if hands else []
        self.sheets, self.weights = sheets, weights

    def make(self):
        """(picture HEIGHT high, label, degradation, typeface)."""
        r = self.r
        while True:
            line = texts.text(r, self.words)
            group = self.hands if self.hands and r.random() < 0.07 else self.faces
            able = [f for f in r.sample(group, min(8, len(group))) if f.covers(line)] or [f for f in self.faces if f.covers(line)]
            if not able:
                continue
            face = r.choice(able)
            size = 2 * min(60, max(14, round(r.choice([17, 20, 22, 25, 25, 28, 28, 30, 30, 32, 34, 40, 51]) * r.uniform(0.85, 1.15))))
            if size * len(line) > 5200:
                size = max(36, 5200 // len(line))
            latin = r.choice(self.latin) if r.random() < 0.3 else None
            sheet = r.choices(self.sheets, self.weights[: len(self.sheets)])[0]
            if sheet != "fine" and sheet != "scan":
                size = max(size, 36)  # what no one can read teaches nothing
            page, boxes = draw(r, line, face, latin, size)
            decorate(r, page, boxes, size, face)
            if r.random() < 0.2:  # letters made narrow or wide
                page = cv2.resize(page, None, fx=r.uniform(0.7, 1.15), fy=1, interpolation=cv2.INTER_AREA)
            loose = r.choice([0.15, 0.3, 0.3, 0.6])  # how much paper the line's box takes in
            page = page[int(size * (1 - loose)) : int(size * (2.1 + loose)), int(size * (1 - loose)) :]
            picture = prepared(r, degrade(r, self.n, page, sheet))
            label = charset.written(line)
            if picture is None or picture.shape[1] > 2400 or room(label) > picture.shape[1] // 8:
                continue
            return picture, label, sheet, pathlib.Path(face.path).stem


def sheet_of(pictures, captions, path):
    """A contact sheet: each line with its caption under it."""
    font = next(iter(faces(["/usr/share/fonts"], ("ipag.ttf",)))).at(18)
    rows = []
    for picture, caption in zip(pictures, captions):
        row = Image.new("L", (1000, 84), 255)
        row.paste(Image.fromarray(picture[:, :1000]), (4, 4))
        ImageDraw.Draw(row).text((4, 58), caption, font=font, fill=0)
        rows.append(np.array(row))
    Image.fromarray(np.vstack(rows)).save(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fonts", action="append", default=["/usr/share/fonts"])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--sheet", required=True)
    given = parser.parse_args()
    maker = Maker(given.fonts, PRINTED, given.seed, hands=HANDWRITTEN)
    made = [maker.make() for _ in range(given.count)]
    sheet_of([m[0] for m in made], [" | ".join(m[1:]) for m in made], given.sheet)
