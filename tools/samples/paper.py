"""What a fax machine, a scanner and a mail program do to a printed page.

Everything random comes from a generator seeded with the document's name, so the same input gives the same bytes.
"""
import base64
import pathlib
import subprocess
import tempfile

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FAX_WIDTH = 1728                       # pels of an A4 line (ITU-T T.4)
LINES = {"fine": 196, "standard": 98}  # lines an inch; 204 pels an inch across either way
TTI_FONT = "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf"
MOMENT = "20261101000000"


def rasterise(pdf, dpi):
    """Grey pages of a PDF."""
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["pdftoppm", "-q", "-gray", "-r", str(dpi), str(pdf), f"{tmp}/p"], check=True)
        return [Image.open(p).convert("L").copy() for p in sorted(pathlib.Path(tmp).glob("p*.pgm"))]


def skewed(page, degrees):
    return page if not degrees else page.rotate(degrees, resample=Image.BICUBIC, expand=False, fillcolor=255)


def fax_page(page, rng, resolution="fine", skew=0.0, dirt=120, darkness=0, streak=False, turn=0):
    """A grey page (204 dpi) as it comes out at the other end: black or white, with specks."""
    if turn:
        page = page.rotate(-turn, expand=True)
    if page.width > page.height:
        page = page.resize((1686, round(page.height * 1686 / page.width)), Image.LANCZOS)
    page = skewed(page, skew)
    height = round(page.height * LINES[resolution] / 204)
    page = page.resize((page.width, height), Image.BOX if resolution == "standard" else Image.BICUBIC)
    page = page.filter(ImageFilter.GaussianBlur(0.45))
    canvas = Image.new("L", (FAX_WIDTH, height), 255)
    canvas.paste(page, ((FAX_WIDTH - page.width) // 2, 0))
    a = numpy.asarray(canvas).astype(numpy.float32)
    a = a + rng.normal(0, 7, a.shape).astype(numpy.float32)
    # Half the lines see half of each thin stroke; machines darken to make up for it.
    black = a < (150 + darkness + (28 if resolution == "standard" else 0))
    for _ in range(dirt):
        y, x = rng.integers(0, height), rng.integers(0, FAX_WIDTH)
        h, w = rng.integers(1, 3), rng.integers(1, 4)
        black[y:y + h, x:x + w] = rng.random() < 0.85
    if streak:
        x = int(rng.integers(60, FAX_WIDTH - 60))
        black[:, x] |= rng.random(height) < 0.8
    return Image.fromarray(numpy.where(black, 0, 255).astype(numpy.uint8)).convert("1", dither=Image.NONE)


def header_line(page, text, resolution="fine"):
    """The sending machine's own line (発信元記録) over the top of the page."""
    font = ImageFont.truetype(TTI_FONT, 25)
    strip = Image.new("L", (FAX_WIDTH, 30), 255)
    left, right = text
    draw = ImageDraw.Draw(strip)
    draw.text((40, 2), left, font=font, fill=0)
    draw.text((FAX_WIDTH - 60, 2), right, font=font, fill=0, anchor="ra")
    if resolution == "standard":
        strip = strip.resize((FAX_WIDTH, 15), Image.BOX)
    out = page.copy()
    out.paste(strip.point(lambda v: 255 if v > 140 else 0).convert("1", dither=Image.NONE), (0, 4 if resolution == "fine" else 2))
    return out


def blank_page(rng, resolution="fine"):
    return fax_page(Image.new("L", (1686, 2386), 255), rng, resolution, dirt=25)


TIFF_WAYS = {"g3-1d": ["-c", "g3:1d"], "g3-2d": ["-c", "g3:2d"], "g4": ["-c", "g4"]}


def tiff(pages, out, way="g4", resolution="fine", fill_order=1):
    """A multi-page fax TIFF."""
    with tempfile.TemporaryDirectory() as tmp:
        plain = f"{tmp}/plain.tif"
        # Fax machines write 0 for white.
        first, *rest = [Image.eval(p.convert("L"), lambda v: 255 - v).convert("1", dither=Image.NONE) for p in pages]
        first.save(plain, save_all=True, append_images=rest, compression=None, dpi=(204, LINES[resolution]))
        for i in range(len(pages)):
            subprocess.run(["tiffset", "-d", str(i), "-s", "262", "0", plain], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["tiffcp", *TIFF_WAYS[way], "-f", "lsb2msb" if fill_order == 2 else "msb2lsb", "-r", str(max(p.height for p in pages)), plain, str(out)], check=True)


def scan_page(page, rng, skew=0.0, paper=246, contrast=1.0, noise=4.0):
    """A grey page as a flat-bed or feeder scanner gives it."""
    page = skewed(page, skew).filter(ImageFilter.GaussianBlur(0.6))
    a = numpy.asarray(page).astype(numpy.float32) / 255
    a = 30 + (paper - 30) * a ** contrast
    a += rng.normal(0, noise, a.shape)
    return Image.fromarray(numpy.clip(a, 0, 255).astype(numpy.uint8))


def photo(page, rng, skew=0.0):
    """A page lit from one side, as a telephone's camera sees it."""
    page = scan_page(page, rng, skew, paper=238, noise=3)
    a = numpy.asarray(page).astype(numpy.float32)
    shade = numpy.linspace(0.80, 1.02, a.shape[1], dtype=numpy.float32)[None, :] * numpy.linspace(1.0, 0.93, a.shape[0], dtype=numpy.float32)[:, None]
    return Image.fromarray(numpy.clip(a * shade, 0, 255).astype(numpy.uint8))


def scan_pdf(pages, out, dpi=200, quality=38):
    """One JPEG a page in a PDF, no text layer: what a multifunction machine sends."""
    import time
    when = time.strptime(MOMENT, "%Y%m%d%H%M%S")
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=dpi, quality=quality, creationDate=when, modDate=when, producer="", title="")


def encrypted(pdf, out):
    """The same PDF behind a password. The fixed ids and keys are for repeatable bytes, not for secrecy."""
    subprocess.run(["qpdf", "--allow-weak-crypto", "--static-id", "--encrypt", "kirisawa", "owner-of-nothing", "128", "--use-aes=n", "--", str(pdf), str(out)], check=True)


def encoded_word(text, charset):
    return f"=?{charset}?B?" + base64.b64encode(text.encode(charset)).decode() + "?="


def mail(out, sender, to, subject, body, attachments, charset, number):
    """A mail as an office's program writes it. attachments: (file name, type, bytes)."""
    boundary = f"----=_Part_{number:06d}"
    cte = "7bit" if charset == "iso-2022-jp" else "base64"
    text = body.encode(charset)
    if cte == "base64":
        text = base64.encodebytes(text).rstrip()
    lines = [
        f"From: {encoded_word(sender[0], charset)} <{sender[1]}>", f"To: <{to}>", f"Subject: {encoded_word(subject, charset)}",
        f"Date: Tue, 10 Nov 2026 09:{number % 60:02d}:00 +0900", f"Message-ID: <{number:06d}@{sender[1].split('@')[1]}>", "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"', "", f"--{boundary}", f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {cte}", "",
    ]
    data = "\r\n".join(lines).encode("ascii") + b"\r\n" + text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"
    for name, kind, content in attachments:
        word = encoded_word(name, charset)
        head = [f"--{boundary}", f'Content-Type: {kind}; name="{word}"', f'Content-Disposition: attachment; filename="{word}"', "Content-Transfer-Encoding: base64", "", ""]
        data += "\r\n".join(head).encode("ascii") + base64.encodebytes(content).replace(b"\n", b"\r\n")
    data += f"--{boundary}--\r\n".encode("ascii")
    pathlib.Path(out).write_bytes(data)
