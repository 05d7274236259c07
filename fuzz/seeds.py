"""Writes small files for the fuzzers to begin with, all of our own making, into fuzz/seeds/TARGET."""

import io
import struct
import zipfile
import zlib
from email.message import EmailMessage
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "samples" / "docs"


def put(target: str, name: str, content: bytes) -> None:
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def tiff(entries: dict[int, tuple[int, list[int]]], strip: bytes, big: bool = False) -> bytes:
    """A little-endian TIFF of one page and one strip."""
    head, count, word, size = (16, "<Q", "<Q", 8) if big else (8, "<H", "<I", 4)
    at = head + len(strip) + len(strip) % 2
    entries = entries | {273: (4, [head]), 279: (4, [len(strip)])}
    later = at + struct.calcsize(count) + len(entries) * (20 if big else 12) + size
    extra, table = b"", b""
    for tag, (kind, values) in sorted(entries.items()):
        packed = b"".join(struct.pack({1: "<B", 3: "<H", 4: "<I", 7: "<B"}[kind], v) for v in values)
        value = packed.ljust(size, b"\0")
        if len(packed) > size:
            value = struct.pack(word, later + len(extra))
            extra += packed + b"\0" * (len(packed) % 2)
        table += struct.pack("<HH", tag, kind) + struct.pack(word, len(values)) + value
    start = b"II+\0\x08\0\0\0" + struct.pack("<Q", at) if big else b"II*\0" + struct.pack("<I", at)
    return start + strip + b"\0" * (len(strip) % 2) + struct.pack(count, len(entries)) + table + bytes(size) + extra


def tiffs() -> None:
    def page(w: int, h: int, bits: list[int], compression: int, photometric: int, **more: int) -> dict:
        base = {256: (4, [w]), 257: (4, [h]), 258: (3, bits), 259: (3, [compression]), 262: (3, [photometric])}
        return base | {277: (3, [len(bits)]), 278: (4, [h])} | {int(k[1:]): (3, [v]) for k, v in more.items()}

    put("tiff", "plain", tiff(page(32, 8, [1], 1, 0), b"\x0f\xf0\xff\x00" * 8))
    put("tiff", "sixteen", tiff(page(8, 4, [16], 1, 1), bytes(range(64))))
    put("tiff", "cmyk", tiff(page(4, 4, [8] * 4, 1, 5), bytes(range(64))))
    put("tiff", "deflate", tiff(page(16, 16, [8], 8, 1, t317=2), zlib.compress(bytes(256))))
    put("tiff", "packbits", tiff(page(32, 8, [1], 32773, 0), b"\xe1\xff"))
    put("tiff", "lzw", tiff(page(8, 8, [8], 5, 1, t317=2), b"\x80\x00\x40\x20\x10"))
    put("tiff", "fax3", tiff(page(64, 4, [1], 3, 0), b"\x00\x1d\xb2\x80\x0d\x94" * 4))
    put("tiff", "fax4", tiff(page(64, 4, [1], 4, 0), b"\xf0\x01\x00\x10"))
    put("tiff", "big", tiff(page(32, 8, [1], 1, 0), b"\x0f\xf0\xff\x00" * 8, big=True))
    put("tiff", "light", tiff(page(4, 4, [8] * 3, 1, 6) | {530: (3, [2, 2])}, bytes(24)))
    put("tiff", "palette", tiff(page(4, 4, [4], 1, 3) | {320: (3, list(range(48)))}, bytes(8)))
    put("tiff", "floats", tiff(page(2, 2, [32], 1, 1, t339=3), struct.pack("<4f", 0, 0.5, 1, 9)))
    tiled = page(16, 16, [8], 1, 1) | {322: (3, [16]), 323: (3, [16]), 324: (4, [8]), 325: (4, [256])}
    put("tiff", "tiles", tiff(tiled, bytes(256)))


def pdf(objects: list[bytes]) -> bytes:
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def pdfs() -> None:
    def one(content: bytes, more: bytes = b"", *others: bytes) -> bytes:
        stream = b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content)
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>%s>>" % more
        font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
        tree = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>"]
        return pdf([*tree, page, stream, font, *others])

    text = b"BT /F1 12 Tf 10 50 Td (Referral 0999-12-3468) Tj ET"
    put("pdf", "text", one(text))
    put("pdf", "turned", one(text, b"/Rotate 90/CropBox[10 10 150 90]"))
    image = b"<</Type/XObject/Subtype/Image/Width 8/Height 8/BitsPerComponent 1/ColorSpace/DeviceGray%s/Length %d>>\nstream\n%s\nendstream"
    shown = b"q 200 0 0 100 0 0 cm /I Do Q"
    for name, how, data in [
        ("plain", b"", bytes(8)),
        ("fax", b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 8/Rows 8>>", b"\x00\x10\x01"),
        ("jbig2", b"/Filter/JBIG2Decode", b"\x00\x00\x00\x000\x00\x01\x00\x00\x00\x13\x00\x00\x00\x08\x00\x00\x00\x08" + bytes(11)),
        ("flate", b"/Filter/FlateDecode", zlib.compress(bytes(8))),
    ]:
        more = b"/Resources<</XObject<</I 6 0 R>>>>"
        put("pdf", f"image-{name}", one(shown, more, image % (how, len(data), data)))
    note = b"/Annots[<</Subtype/FreeText/Rect[10 10 90 30]/DA(/Helv 9 Tf)/Contents(note)>>]"
    put("pdf", "note", one(text, note))


def mails() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "renkei@minato.example.jp", "b@example.jp"
    mail["Subject"], mail["Date"] = "紹介状をお送りします", "Tue, 14 May 2024 09:12:00 +0900"
    mail.set_content("お世話になっております。\n紹介状を添付いたします。パスワードは 0514 です。\n")
    put("mail", "text", mail.as_bytes())
    mail.add_attachment(b"%PDF-1.4 a letter", maintype="application", subtype="pdf", filename="紹介状.pdf")
    put("mail", "attached", mail.as_bytes())
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "a@example.jp", "b@example.jp", "Fwd"
    outer.set_content("転送します")
    outer.add_attachment(mail)
    put("mail", "forwarded", outer.as_bytes())
    head = b"From: a@example.jp\r\nTo: b@example.jp\r\n"
    put("mail", "jis", head + b"Subject: =?ISO-2022-JP?B?GyRCPlIycBsoQg==?=\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B>R2p\x1b(B\r\n")
    put("mail", "bounce", head + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n")


def archives() -> None:
    def archive(*entries: tuple[str, bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in entries:
                packed.writestr(name, content)
        return out.getvalue()

    put("zip", "one", archive(("紹介状.pdf", b"%PDF-1.4 a letter")))
    put("zip", "nested", archive(("a.zip", archive(("b.tif", b"II*\0\x08\0\0\0")))))
    docm = archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<x/>"), ("word/vbaProject.bin", b"x"))
    put("office", "docm", docm)
    put("office", "inside", archive(("a.docm", docm), ("b.exe", b"MZ"), ("c.lnk", b"L\0\0\0\x01\x14\x02\0")))
    put("office", "compound", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "_VBA_PROJECT".encode("utf-16-le").ljust(128, b"\0") * 4)


def envelopes() -> None:
    def attribute(level: int, number: int, body: bytes) -> bytes:
        return bytes([level]) + struct.pack("<II", number, len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)

    title = attribute(2, 0x00018010, b"letter.pdf\0")
    data = attribute(2, 0x0006800F, b"%PDF-1.4 a letter")
    rend = attribute(2, 0x00069002, bytes(14))
    put("tnef", "one", struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, b"\0\0\1\0") + rend + title + data)


def others() -> None:
    header = b'{"no":1,"part":1,"width":8,"height":8,"packed":true,"text":null}'
    put("protocol", "page", struct.pack("<I", len(header)) + header + bytes(8))
    text = b'{"no":1,"part":1,"width":0,"height":0,"packed":false,"text":{"width_px":1,"height_px":1,"rotation":0,"lines":[],"cells":[],"marks":[]}}'
    put("protocol", "text", struct.pack("<I", len(text)) + text)
    put("protocol", "done", b'{"trouble":null,"contents":{"mail":null,"enclosures":[]}}')
    for n, line in enumerate([
        "令和6年5月14日(火) 午前9時30分", "昭和３２年１２月３日生（66歳）", "S32.12.3", "患者氏名 山田 太郎 様",
        "〒799-0001 愛媛県松山市湊町3丁目4-6", "TEL 0999-12-3468 FAX:0999-12-3469", "医療法人 みなと内科クリニック 内科",
        "ﾔﾏﾀﾞ ﾀﾛｳ", "保険者番号 06139463",
    ]):
        put("text", str(n), line.encode())


for make in (tiffs, pdfs, mails, archives, envelopes, others):
    make()
for sample in sorted(SAMPLES.iterdir()):
    if sample.stat().st_size < 40_000:
        target = {".tif": "tiff", ".tiff": "tiff", ".pdf": "pdf", ".eml": "mail", ".jpg": "picture", ".png": "picture"}
        if sample.suffix in target:
            put(target[sample.suffix], sample.name, sample.read_bytes())
gif = b"GIF89a\x02\0\x02\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x02\0\x02\0\0\x02\x03\x84\x8f\x05\0;"
put("picture", "gif", gif)
bitmap = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 70, 0, 0, 54, 40, 2, 2, 1, 24, 0, 16, 2835, 2835, 0, 0) + bytes(16)
put("picture", "bmp", bitmap)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
png += chunk(b"IDAT", zlib.compress(bytes(20))) + chunk(b"IEND", b"")
put("picture", "png", png)
put("picture", "webp", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0")
