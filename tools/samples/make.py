#!/usr/bin/env python3
"""Makes the sample documents, their truth and the masters: make.py --out samples [--only NAME …]
or a larger corpus of drawn documents: make.py --out DIR --rounds M [--seed N]

Needs Chromium, poppler-utils, libtiff-tools, qpdf and Python's PIL and numpy (all Debian packages; `make samples`
installs them). The same packages and the same seed give the same bytes.
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

import paper
from cases import cases
from layouts import HANDS, TYPEFACES
from people import HOSPITAL, Town
from region import Region
from render import Filled, half_kana, to_pdf
from rounds import rounds

SEED = 20261101


def seed_of(name):
    """A number that is the name's own."""
    return int.from_bytes(hashlib.sha256(f"{SEED}/{name}".encode()).digest()[:4], "big")


def header_text(case, filled, page, of):
    """The sending machine's line; its clock says the document's day, which proves nothing."""
    v = next((f.values for f in filled if f and f.values.get("sender_fax")), None)
    if not case.tti or v is None:
        return None
    y, m, d = (v.get("document_date") or "2026-11-10").split("-")
    name, fax = v["sender_institution_name"].split()[-1], v["sender_fax"]
    clock = seed_of(case.salt + case.name)
    hh, mm = 8 + clock % 10, clock // 10 % 60
    if case.tti == "short":
        return f"{y}-{m}-{d} {hh:02d}:{mm:02d}   FAX {fax}", f"P.{page:02d}/{of:02d}"
    if case.tti == "kana":
        kana = half_kana("".join(c for c in name if "ァ" <= c <= "ー")) or "ｼﾞﾑｼﾂ"
        return f"{y[2:]}-{m}-{d};{hh:02d}:{mm:02d}  ;{kana}           ;{fax.replace('-', '')}", f"# {page}/ {of}"
    return f"{y}年{m}月{d}日 {hh:02d}時{mm:02d}分　{name}　FAX:{fax}", f"P.{page:03d}/{of:03d}"


def printed(case, tmp):
    """Each sheet as (Filled or None for a blank page, PDF, grey pages)."""
    for n, sheet in enumerate(case.sheets):
        if sheet == "blank":
            yield None, None, [None]
            continue
        filled = Filled(sheet.form, sheet.values, seed_of(f"{case.salt}{case.name}/{n}"), sheet.font)
        pdf = tmp / f"{n}.pdf"
        to_pdf(filled, pdf)
        yield filled, pdf, None


def as_fax(case, sheets, rng, out):
    pages, filled = [], [f for f, _p, _g in sheets]
    grey = [g for f, pdf, _ in sheets for g in ([None] if f is None else paper.rasterise(pdf, 204))]
    for no, page in enumerate(grey, 1):
        if page is None:
            one = paper.blank_page(rng, case.resolution)
        else:
            one = paper.fax_page(page, rng, case.resolution, case.skew, case.dirt, case.darkness, case.streak, case.turned.get(no, case.turn_all))
        line = header_text(case, filled, no, len(grey))
        pages.append(paper.header_line(one, line, case.resolution) if line else one)
    paper.tiff(pages, out, case.coding, case.resolution, case.fill_order)


def as_scan(case, sheets, rng):
    empty = paper.Image.new("L", (case.dpi * 210 * 10 // 254, case.dpi * 297 * 10 // 254), 255)
    grey = [g for f, pdf, _ in sheets for g in (paper.rasterise(pdf, case.dpi) if f else [empty])]
    return [paper.scan_page(g.rotate(-case.turned.get(no, case.turn_all), expand=True), rng, case.skew) for no, g in enumerate(grey, 1)]


def fitting_way(case, sheets):
    """A picture holds one page; what has grown longer goes as a PDF of scans."""
    if case.way in ("png", "jpeg") and sum(f.pages for f, _p, _g in sheets) > 1:
        case.way, case.name = "scan-pdf", case.name.rsplit(".", 1)[0] + ".pdf"


def write(case, sheets, rng, out, hospital, way=None):
    """The file itself."""
    way = way or case.way
    if way == "fax":
        as_fax(case, sheets, rng, out)
    elif way == "truncated-tiff":
        as_fax(case, sheets, rng, out)
        data = out.read_bytes()
        out.write_bytes(data[:len(data) * 3 // 5])
    elif way == "print-pdf":
        out.write_bytes(sheets[0][1].read_bytes())
    elif way == "encrypted-pdf":
        paper.encrypted(sheets[0][1], out)
    elif way == "scan-pdf":
        paper.scan_pdf(as_scan(case, sheets, rng), out, case.dpi)
    elif way == "png":
        # A scanner set to black and white.
        as_scan(case, sheets, rng)[0].point(lambda v: 255 if v > 165 else 0).convert("1", dither=0).save(out, dpi=(case.dpi, case.dpi), optimize=True)
    elif way == "jpeg":
        page = paper.rasterise(sheets[0][1], 200)[0]
        paper.photo(page, rng, case.skew).save(out, quality=42, dpi=(200, 200))
    elif way == "mail":
        inner = case.mail["inner"]
        name = case.mail["attachment"]
        part = out.with_name("part")
        write(case, sheets, rng, part, hospital, inner)
        kind = "application/pdf" if name.endswith(".pdf") else "image/tiff"
        paper.mail(out, case.mail["from"], hospital["mail"], case.mail["subject"], case.mail["body"], [(name, kind, part.read_bytes())], case.mail["charset"], seed_of(case.salt + case.name) % 1000000)
        part.unlink()
    else:
        raise ValueError(way)


SOURCES = {"fax": "fax", "truncated-tiff": "fax", "mail": "email"}


def truth(case, sheets, office):
    """One line of truth.jsonl: what stands where."""
    way = case.mail.get("inner") or case.way
    degradation = case.resolution if way in ("fax", "truncated-tiff") else "clean" if way in ("print-pdf", "encrypted-pdf") else "fine"
    degradation = "poor" if case.grade == "poor" else degradation
    source = SOURCES.get(case.way, "scan")
    line = {"file": case.name, "error": None, "documents": [], "blank_pages": [], "source": source, "degradation": degradation, "template": [], "font": [], "handwritten": False, "notes": list(case.notes)}
    page, waiting = 1, None
    for filled, sheet in zip((f for f, _p, _g in sheets), case.sheets):
        if filled is None:
            line["blank_pages"].append(page)
            page += 1
            continue
        pages = list(range(page, page + filled.pages))
        page += filled.pages
        if filled.kind is None:
            waiting = (pages, filled)
            continue
        fields, optional = filled.truth()
        if waiting:
            pages = waiting[0] + pages
            optional = {**waiting[1].truth()[1], **optional}
            waiting = None
        doc = {
            "pages": pages, "rotation": [(360 - case.turned.get(p, case.turn_all)) % 360 for p in pages], "kind": filled.kind,
            "fields": {k: with_alternatives(k, v, office) for k, v in fields.items()},
            "matches": sheet.matches, "optional_fields": {k: with_alternatives(k, v, office) for k, v in optional.items() if k not in fields},
            "ambiguous": ambiguous(filled, sheet, fields), "template": filled.form, "font": filled.font, "handwritten": any(h in filled.font for h in HANDS), "notes": sheet.notes, "source": source, "degradation": degradation,
        }
        line["documents"].append(doc)
        line["template"].append(filled.form)
        line["font"].append(filled.font)
        line["handwritten"] |= doc["handwritten"]
    if "encrypted" in case.notes:
        line |= {"error": {"code": "encrypted"}, "documents": []}
    if "truncated" in case.notes:
        line |= {"error": {"code": "damaged"}, "partial": True}
    return line


def with_alternatives(name, value, office):
    v = {"value": value}
    if name in ("sender_institution_name", "pharmacy_name") and " " in value:
        legal = value.split()
        if any(w in legal[0] for w in ("法人", "会社")):
            v["alt"] = [" ".join(legal[1:]), legal[-1]] if len(legal) > 2 else [legal[-1]]
    if name == "recipient_department":
        v["alt"] = [office]
    return v


def ambiguous(filled, sheet, fields):
    """Links that may be made or not: the form names the sender only in passing, or a person who is in no master."""
    out = []
    if filled.kind == "second_opinion_request":
        out += ["institution", "doctor"]
    if sheet.matches["doctor"] and not {"sender_doctor_name", "doctor_name"} & set(fields):
        out.append("doctor")
    return sorted(set(out))


def missing_typefaces():
    """A typeface that is not installed would be printed in another, and the truth would name the wrong one."""
    there = {name.strip() for line in subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=True).stdout.splitlines() for name in line.split(",")}
    return [t for t in TYPEFACES + HANDS if t not in there]


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", type=pathlib.Path, required=True)
    ap.add_argument("--only", nargs="*", default=[], help="make just these files (truth and masters are left alone)")
    ap.add_argument("--rounds", type=int, default=0, help="draw this many rounds of documents of another region instead")
    ap.add_argument("--seed", type=int, default=SEED, help="of the drawn region, layouts and documents")
    a = ap.parse_args()
    if a.rounds and missing_typefaces():
        ap.error(f"typefaces are missing (see README.md): {', '.join(missing_typefaces())}")
    town = Region(a.seed) if a.rounds else Town()
    hospital = town.hospital if a.rounds else HOSPITAL
    docs = a.out / "docs"
    docs.mkdir(parents=True, exist_ok=True)
    todo = [c for c in (rounds(town, a.seed, a.rounds) if a.rounds else cases(town)) if not a.only or c.name in a.only]
    lines = []
    for n, case in enumerate(todo, 1):
        print(f"\r{n}/{len(todo)} {case.name}        ", end="", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as tmp:
            sheets = list(printed(case, pathlib.Path(tmp)))
            fitting_way(case, sheets)
            write(case, sheets, numpy.random.default_rng(seed_of(case.salt + case.name)), docs / case.name, hospital)
            lines.append(truth(case, sheets, hospital["office"]))
    print(file=sys.stderr)
    if a.only:
        return
    for old in docs.iterdir():
        if old.name not in {c.name for c in todo}:
            old.unlink()
    (a.out / "truth.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    (a.out / "hospital.json").write_text(json.dumps(hospital, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    town.write(a.out / "masters")


if __name__ == "__main__":
    main()
