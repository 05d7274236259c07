#!/usr/bin/env python3
"""Holds the samples to their own promises: check.py samples. Standard library only."""
import csv
import json
import pathlib
import re
import sys

from people import check_digit
from render import FIELDS

KINDS = """referral_letter appointment_request exam_request reply_letter discharge_summary discharge_care_record admission_care_info
home_nursing_report medication_report lab_report transfer_request second_opinion_request disclosure_request doctor_registration
facility_use_request event_entry home_care_activity_report notice advertisement unknown""".split()


def main(root):
    wrong = []
    expect = lambda ok, what: ok or wrong.append(what)
    truth = [json.loads(line) for line in (root / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    master = {name: list(csv.DictReader(open(root / "masters" / f"{name}.csv", encoding="utf-8", newline=""))) for name in ("patients", "institutions", "doctors")}
    ids = {"patient": {r["patient_id"] for r in master["patients"]}, "institution": {r["institution_id"] for r in master["institutions"]}, "doctor": {r["doctor_id"] for r in master["doctors"]}}
    files = {p.name for p in (root / "docs").iterdir()}

    expect(files == {t["file"] for t in truth}, f"docs and truth differ: {sorted(files ^ {t['file'] for t in truth})}")
    expect(len(files) >= 30, "fewer than 30 documents")
    expect({d["kind"] for t in truth for d in t["documents"]} == set(KINDS), "not every kind has a sample")
    expect(sum(p.stat().st_size for p in root.rglob("*") if p.is_file()) < max(6_000_000, 160_000 * len(files)), "the samples weigh more than 6 MB, or 160 kB a file")
    for t in truth:
        pages = sorted(p for d in t["documents"] for p in d["pages"]) + t["blank_pages"]
        expect(sorted(pages) == list(range(1, len(pages) + 1)), f"{t['file']}: pages are missing or stand twice")
        for d in t["documents"]:
            expect(len(d["pages"]) == len(d["rotation"]), f"{t['file']}: rotation and pages differ in length")
            expect(d["kind"] in KINDS, f"{t['file']}: unknown kind {d['kind']}")
            for name, field in (d["fields"] | d["optional_fields"]).items():
                expect(name in FIELDS and field["value"], f"{t['file']}: {name}")
                if name in ("patient_phone", "sender_phone", "sender_fax"):
                    expect(unassigned(field["value"]), f"{t['file']}: {name} could be somebody's number")
            for who, links in d["matches"].items():
                expect(all(link["id"] in ids[who] for link in links), f"{t['file']}: a {who} is in no master")
    for row in master["patients"] + master["institutions"]:
        expect(unassigned(row["phone"]) and unassigned(row.get("fax", "")), f"{list(row.values())[0]}: could be somebody's number")
    for row in master["institutions"]:
        code = row["institution_code"]
        expect(not code or (check_digit(code[:9]) == code[9] and code[3:5] == "99"), f"{row['institution_id']}: institution code")
    expect(all(r["institution_id"] in ids["institution"] for r in master["doctors"]), "a doctor without an institution")

    for what in wrong:
        print(f"samples: {what}", file=sys.stderr)
    if not wrong:
        print(f"samples: {len(truth)} files, {sum(len(t['documents']) for t in truth)} documents, {len(KINDS)} kinds; masters: {len(master['patients'])} patients, {len(master['institutions'])} institutions, {len(master['doctors'])} doctors")
    return 1 if wrong else 0


def unassigned(number):
    """Local exchanges and mobile blocks that begin with 0, and 0120-000, are never given out."""
    return not number or re.fullmatch(r"0\d{1,3}-0\d{1,3}-\d{4}|0[789]0-0\d{3}-\d{4}|0120-000-\d{3}", number) is not None


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
