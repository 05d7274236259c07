"""Documents drawn by lot: people and institutions of a region, forms of layouts.py and of forms/, and the way they travelled.

A round holds every kind, the frequent ones on several layouts; the next round goes on to the next layouts.
"""
import datetime
import random

import letters
from cases import Case, Sheet
from layouts import NO_DOCTOR, Cover, Layout
from letters import said, some
from people import code
from region import FOREIGN, VARIANTS
from render import age, front

# How many documents of a kind a round holds.
ROUND = {
    "referral_letter": 8, "appointment_request": 5, "exam_request": 4, "reply_letter": 5, "discharge_summary": 3, "discharge_care_record": 2, "admission_care_info": 2, "home_nursing_report": 2,
    "medication_report": 3, "transfer_request": 2, "doctor_registration": 3, "facility_use_request": 2, "event_entry": 3, "disclosure_request": 2, "second_opinion_request": 2, "lab_report": 2,
}
# Forms of forms/ whose shape no lot would give, and how often a round holds them.
BY_HAND = {"letter_prose": 1, "reply_prose": 1, "reply_half": 1, "notice_hours": 1, "notice_vertical": 1, "notice_plain": 1, "ad_boxes": 1, "ad_order": 1, "transmission_report": 1, "thanks": 1, "activity_tall": 1}

SENDERS = {"discharge_care_record": "病院", "discharge_summary": "病院", "transfer_request": "病院", "admission_care_info": "居宅介護支援事業所", "home_nursing_report": "訪問看護ステーション", "medication_report": "薬局"}
RESULTS = [("WBC", 3200, 12800, 0, "/μL"), ("RBC", 310, 520, 0, "×10⁴/μL"), ("Hb", 8.2, 16.4, 1, "g/dL"), ("血小板", 9.8, 38, 1, "×10⁴/μL"), ("AST", 14, 96, 0, "U/L"), ("ALT", 9, 130, 0, "U/L"), ("γ-GTP", 12, 210, 0, "U/L"), ("T-Bil", 0.3, 3.1, 1, "mg/dL"), ("BUN", 8, 44, 1, "mg/dL"), ("Cre", 0.5, 2.4, 2, "mg/dL"), ("Na", 131, 146, 0, "mEq/L"), ("K", 3.1, 5.9, 1, "mEq/L"), ("CRP", 0.02, 9.9, 2, "mg/dL"), ("HbA1c", 5.1, 10.8, 1, "%")]


class Lot:
    """Draws documents for one region."""

    def __init__(self, region, seed):
        self.region, self.seed = region, seed
        self.rng = random.Random(f"{seed} rounds")

    def day(self, lo="2025-04-01", days=560):
        return (datetime.date.fromisoformat(lo) + datetime.timedelta(days=self.rng.randrange(days))).isoformat()

    def after(self, day, lo, hi):
        d = datetime.date.fromisoformat(day) + datetime.timedelta(days=self.rng.randint(lo, hi))
        while d.weekday() == 6 and lo >= 0:
            d += datetime.timedelta(days=1)
        return d.isoformat()

    # ------------------------------------------------------------ who
    def patient(self, notes):
        """A person as the sender writes them, and the id they have with us, if any."""
        r, cast = self.rng, self.region.cast
        lot = r.random()
        plain = lambda: r.choice(cast["plain"])
        if lot < 0.60:
            p = plain()
        elif lot < 0.70:
            p = dict(r.choice(cast["variant"]))
            notes.append("patient:itaiji")
            if r.random() < 0.6:
                for a, b in VARIANTS:
                    if b in p["name"]:
                        p["name"] = p["name"].replace(b, a)
                        break
                    if a in p["name"]:
                        p["name"] = p["name"].replace(a, b)
                        break
        elif lot < 0.76:
            p = r.choice(cast["same"])
            notes.append("patient:samename")
        elif lot < 0.80:
            p = r.choice(cast["twin"])
            notes.append("patient:twin")
        elif lot < 0.83:
            p = r.choice(cast["foreign"])
            notes.append("patient:foreign")
        elif lot < 0.88:
            zip_, address, _area = self.region.place(building=True)
            p = plain() | {"postal_code": zip_, "address": address}
            notes.append("patient:moved")
        else:
            p = dict(plain())
            p.pop("patient_id")
            zip_, address, area = self.region.place(building=True)
            p |= {"postal_code": zip_, "address": address, "phone": self.region.phone(area), "birth_date": f"{r.randint(1930, 2015)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"}
            if lot < 0.96:
                p["name"], p["kana"] = self.region.person(p["sex"])
                # Nobody of that name with us, or the lot would say "new" of somebody known.
                if any(q["name"] == p["name"] and q["birth_date"] == p["birth_date"] for q in self.region.patients):
                    return self.patient(notes)
                notes.append("patient:new")
            else:
                notes.append("patient:new-samename")
        return p

    def institution(self, kind, notes):
        r = self.rng
        want = SENDERS.get(kind)
        pool = [i for i in self.region.institutions if (i["kind"] == want if want else i["kind"] in ("診療所", "病院"))]
        inst = r.choice(pool)
        if r.random() < 0.07:
            number = self.region.phone(r.choice(self.region.towns)[1])
            zip_, address, area = self.region.place()
            own = {i["name"].split()[-1] for i in self.region.institutions}
            name = next((n for n in (f"{self.region.person('male')[0].split()[0]}{t}" for t in ["医院", "クリニック", "内科医院", "内科"] * 8) if n not in own), None)
            if name and not want:
                notes.append("inst-new")
                return {"institution_id": "", "institution_code": code(1, r.randint(2000, 8000), self.region.pref_code), "name": name, "postal_code": zip_, "address": address, "phone": number, "fax": number}
        return inst

    # ------------------------------------------------------------ one sheet
    def sheet(self, kind, form, patient=None, sender=None, action=None, date=None):
        r, region = self.rng, self.region
        notes = []
        date = date or self.day()
        hospital = region.hospital
        v = {"hospital": hospital["name"], "office": hospital["office"], "hospital_fax": hospital["fax"], "hospital_phone": hospital["phone2"], "director": hospital["director"].replace(" ", "　"), "document_date": date}
        matches = {"patient": [], "institution": [], "doctor": []}

        i = sender or self.institution(kind, notes)
        v |= {"sender_institution_name": i["name"], "sender_postal_code": i["postal_code"], "sender_address": i["address"], "sender_phone": i["phone"], "sender_fax": i["fax"], "sender_institution_code": i["institution_code"], "pharmacy_name": i["name"]}
        matches["institution"] = [{"id": i["institution_id"]}] if i["institution_id"] else []
        known = [d for d in region.doctors if d["institution_id"] == i["institution_id"]]
        if kind in NO_DOCTOR or not known and i["institution_id"]:
            v["sender_doctor_name"] = region.person(r.choice(["male", "female"]))[0]
        else:
            name, kana = region.person("male")
            d = {"name": name, "kana": kana, "department": known[0]["department"] if known else "内科", "doctor_id": ""}
            if known and r.random() < (0.5 if action == "new" else 0.92):
                d = r.choice(known)
                matches["doctor"] = [{"id": d["doctor_id"]}]
            elif known:
                notes.append("doctor-new")
            v |= {"sender_doctor_name": d["name"], "sender_department": d["department"], "doctor_name": d["name"], "doctor_kana": d["kana"], "specialty": d["department"]}

        if patient is None and kind in NEEDS_PATIENT:
            patient = self.patient(notes)
        if patient and kind in NEEDS_PATIENT:
            p = patient
            v |= {"patient_name": p["name"], "patient_kana": p["kana"], "patient_sex": p["sex"], "patient_birth_date": p["birth_date"], "patient_postal_code": p["postal_code"], "patient_address": p["address"], "patient_phone": p["phone"], "age": str(age(p["birth_date"], date))}
            if p.get("patient_id"):
                matches["patient"] = [{"id": p["patient_id"]}]

        old = int(v.get("age", 60))
        dep = "小児科" if old < 13 and r.random() < 0.8 else r.choice([d for d in letters.CASES if d != "小児科"])
        diagnoses, purposes, sentences, drugs = letters.CASES[dep]
        v["recipient_department"] = dep
        if r.random() < 0.5:
            v["recipient_doctor_name"] = region.staff[dep]
        join = r.choice(["", "", "\n"])
        v |= {
            "diagnosis": r.choice(["\n", "、"]).join(r.sample(diagnoses, 1 if r.random() < 0.7 else 2)), "purpose": r.choice(purposes), "course": some(r, sentences, 3, 6, join),
            "history": some(r, letters.HISTORY, 1, 3), "prescription": some(r, drugs, 1, 4), "remarks": some(r, letters.REMARKS, 1, 2),
        }
        if kind in VALUES:
            v |= VALUES[kind](self, v, date, patient, action)
        if not v.get("recipient_doctor_name"):
            v["no_recipient_doctor"] = "yes"
        if kind in ("disclosure_request",):
            matches["institution"], matches["doctor"] = [], []
        if kind in ("second_opinion_request",):
            notes.append("sender in passing")
        return Sheet(form, v, matches, "", notes)

    def drawn(self, kind, number, **kw):
        """A sheet on the layout of that number."""
        action = self.rng.choice(["new", "new", "change", "withdraw"]) if kind == "doctor_registration" else None
        return self.sheet(kind, Layout(kind, number, self.seed, action), action=action, **kw)


NEEDS_PATIENT = {"referral_letter", "appointment_request", "exam_request", "reply_letter", "discharge_summary", "discharge_care_record", "admission_care_info", "home_nursing_report", "medication_report", "transfer_request", "disclosure_request", "second_opinion_request", "lab_report"}


# ------------------------------------------------------------ what a kind has of its own
def referral(lot, v, date, patient, action):
    results = {"results": laboratory(lot, v, date, patient, action)["results"]}
    if lot.rng.random() < 0.2:
        pool = letters.CASES[v["recipient_department"]][2]
        days = sorted(lot.after(date, -200, -10) for _ in range(4))
        return {"course": "\n".join(f"{d[:4]}年{int(d[5:7])}月{int(d[8:])}日　{some(lot.rng, pool, 3, 6, '')}" for d in days)} | results
    return results


def desired(lot, date, lo=1):
    n = lot.rng.randint(lo, 3)
    days = []
    while len(days) < n:
        d = lot.after(date, 2, 24)
        if d not in days:
            days.append(d)
    return sorted(days)


def appointment(lot, v, date, patient, action):
    known = bool(patient and patient.get("patient_id"))
    yes = known and lot.rng.random() < 0.7
    out = {"desired_dates": desired(lot, date), "visited_before": "yes" if yes else "no", "insurer_number": f"{lot.rng.randint(100000, 399999)}", "insured_symbol": lot.rng.choice(["12", "ろ30", "津801", "3350"]), "insured_number": f"{lot.rng.randint(1000, 999999)}"}
    if yes and lot.rng.random() < 0.6:
        out["patient_id"] = patient["patient_id"]
    return out


def exam(lot, v, date, patient, action):
    r = lot.rng
    modality, parts = r.choices(letters.EXAMS, [5, 5, 2, 2, 1, 1])[0]
    out = {"modality": modality, "body_part": r.choice(parts), "contrast": r.choice(["yes", "no"]) if modality in ("CT", "MRI") else "no", "desired_dates": desired(lot, date), "cre": said(r, "{0.5-1.4}"), "egfr": said(r, "{38.0-98.0}"), "recipient_department": r.choice(["放射線科", "放射線部", "検査科", lot.region.hospital["office"]]), "recipient_doctor_name": None}
    if modality == "MRI":
        out["pacemaker"] = "no"
    out["purpose"] = f"{v['diagnosis'].splitlines()[0].split('、')[0]}の{r.choice(['評価', '精査', '経過観察', 'スクリーニング'])}をお願いします。"
    return out


def reply(lot, v, date, patient, action):
    pool = letters.CASES[v["recipient_department"]][2]
    join = lot.rng.choice(["", "\n"])
    out = {"visit_date": lot.after(date, -14, -1), "course": some(lot.rng, pool, 2, 4, join) + join + said(lot.rng, lot.rng.choice(letters.REPLY_END)), "opening": lot.rng.choice(letters.REPLY)}
    if patient.get("patient_id") and lot.rng.random() < 0.25:
        out["patient_id"] = patient["patient_id"]
    return out


def stay(lot, v, date, patient, action):
    left = lot.after(date, -9, -1)
    came = lot.after(left, -40, -4)
    return {"admission_date": came, "discharge_date": left, "course": f"{int(came[5:7])}月{int(came[8:])}日に当院へ入院となりました。" + v["course"].replace("\n", "") + "経過は良好で、退院となりました。今後の外来での経過観察をお願いいたします。"}


def care(lot, v, date, patient, action):
    r = lot.rng
    return {"care_level": r.choice(["要支援1", "要支援2", "要介護1", "要介護2", "要介護3", "要介護4", "要介護5"]), "diagnosis": r.choice(letters.CARE_DIAGNOSES), "remarks": some(r, letters.CARE, 2, 5), "progress": r.choice(["状態は安定しています。", "先月と比べて食事量が増えました。", "発熱なく経過しています。"])}


def pharmacy(lot, v, date, patient, action):
    out = {"remarks": some(lot.rng, letters.PHARMACY, 1, 4), "rx_date": lot.after(date, -10, -1)}
    if patient.get("patient_id") and lot.rng.random() < 0.4:
        out["patient_id"] = patient["patient_id"]
    return out


def registration(lot, v, date, patient, action):
    return {"registration_action": action, "recipient_department": lot.region.hospital["office"], "reason": lot.rng.choice(["閉院のため", "高齢のため"] if action == "withdraw" else ["診療所の移転のため", "管理者の交代のため", "診療科目を追加したため"])}


def room(lot, v, date, patient, action):
    return {"recipient_department": lot.region.hospital["office"], "facility": lot.rng.choice(letters.FACILITIES), "desired_dates": [lot.after(date, 10, 50)], "hours": lot.rng.choice(["18時30分～20時", "午後7時～9時", "13:00～15:00"]), "people": str(lot.rng.randint(3, 40)), "purpose": lot.rng.choice(letters.FACILITY_USE)}


def event(lot, v, date, patient, action):
    return {"recipient_department": lot.region.hospital["office"], "event_name": said(lot.rng, lot.rng.choice(letters.EVENTS)), "event_date": lot.after(date, 10, 50), "hours": lot.rng.choice(["19:00～", "18時30分開始", "午後７時より"]), "participants": str(lot.rng.randint(1, 6))}


def disclosure(lot, v, date, patient, action):
    r = lot.rng
    who = r.choice(["本人", "本人", "子", "配偶者"])
    given = lot.region.person(r.choice(["male", "female"]))[0].split()[-1]
    name = patient["name"] if who == "本人" else f"{patient['name'].split()[0]} {given}"
    out = {"recipient_department": lot.region.hospital["office"], "applicant_name": name, "relation": who, "applicant_phone": lot.region.mobile(), "purpose": r.choice(letters.DISCLOSURE)}
    if patient.get("patient_id") and r.random() < 0.5:
        out["patient_id"] = patient["patient_id"]
    return out


def opinion(lot, v, date, patient, action):
    out = disclosure(lot, v, date, patient, action) | {"recipient_department": v["recipient_department"], "recipient_doctor_name": None, "purpose": lot.rng.choice(letters.OPINION), "disease": v["diagnosis"].splitlines()[0]}
    out.pop("patient_id", None)
    return out


def laboratory(lot, v, date, patient, action):
    r = lot.rng
    rows = ""
    for name, lo, hi, places, unit in [x for x in RESULTS if r.random() < 0.8]:
        rows += f"<tr><td>{name}</td><td class=right>{r.uniform(lo, hi):.{places}f}</td><td>{r.choice(['', '', 'H', 'L'])}</td><td>{unit}</td></tr>"
    out = {"collected_date": lot.after(date, -4, 0), "remarks": some(r, letters.LAB, 1, 2), "results": f"<table style='margin:.6em 0'><tr><th>検査項目</th><th>結果値</th><th>H/L</th><th>単位</th></tr>{rows}</table>"}
    if patient.get("patient_id") and r.random() < 0.5:
        out["patient_id"] = patient["patient_id"]
    return out


def notice(lot, v, date, patient, action):
    first = lot.after(date, 10, 30)
    last = lot.after(first, 1, 5)
    say = lambda d: f"{int(d[5:7])}月{int(d[8:])}日（{'月火水木金土日'[datetime.date.fromisoformat(d).weekday()]}）"
    return {"body": lot.rng.choice(letters.NOTICES).format(**{"from": say(first), "to": say(last), "again": say(lot.after(last, 1, 2))}), "recipient_department": lot.region.hospital["office"]}


def activity(lot, v, date, patient, action):
    n = lambda hi: str(lot.rng.randint(2, hi))
    members = [[lot.rng.randint(5, 60) for _ in range(3)] for _ in range(3)]
    names = [i["name"].split()[-1] for i in lot.rng.sample([i for i in lot.region.institutions if i["kind"] == "診療所"], 3)]
    rows = "".join(f"<tr><td>{name}</td>" + "".join(f"<td class=right>{x}</td>" for x in m) + "</tr>" for name, m in zip(names, members))
    total = [str(sum(m[i] for m in members)) for i in range(3)]
    return {"a0": n(20), "a1": n(30), "referrals_out": n(40), "b0": n(10), "b1": n(15), "emergency_admissions": n(20), "c0": n(15), "c1": n(20), "referrals_back": n(30), "rows": rows, "h0": total[0], "h1": total[1], "home_patients": total[2]}


def advertisement(lot, v, date, patient, action):
    head, body = lot.rng.choice(letters.ADVERTISEMENTS)
    return {"head": head, "body": body}


def odds(lot, v, date, patient, action):
    """For the pages that are no kind of ours."""
    return {"partner": lot.region.phone(lot.region.towns[0][1]), "age_of": str(lot.rng.randint(100, 999))}


VALUES = {
    "unknown": odds,
    "referral_letter": referral, "appointment_request": appointment, "exam_request": exam, "reply_letter": reply, "discharge_summary": stay, "discharge_care_record": care, "admission_care_info": care,
    "home_nursing_report": care, "transfer_request": care, "medication_report": pharmacy, "doctor_registration": registration, "facility_use_request": room, "event_entry": event,
    "disclosure_request": disclosure, "second_opinion_request": opinion, "lab_report": laboratory, "notice": notice, "home_care_activity_report": activity, "advertisement": advertisement,
}
COMPANIES = ["株式会社オフィスたくみ", "メディカルキャリア東海株式会社", "有限会社サンライト電設", "医業経営サポート合同会社", "株式会社みらいメディコム"]


def rounds(region, seed, count):
    """The files of `count` rounds."""
    lot = Lot(region, seed)
    r = lot.rng
    out, covers = [], 0
    for turn in range(count):
        todo = [(kind, turn * n + i) for kind, n in ROUND.items() for i in range(n)] + [(form, None) for form, n in BY_HAND.items() for _ in range(n)]
        r.shuffle(todo)
        for what, number in todo:
            notes = []
            if number is None:
                kind = front(what)[0].get("kind", "unknown")
                sender = None
                if kind == "advertisement":
                    n = r.randint(0, 999)
                    sender = {"institution_id": "", "institution_code": "", "name": r.choice(COMPANIES), "postal_code": "199-9902", "address": "東京都西桐区本町1-2-3", "phone": f"0120-000-{n:03d}", "fax": f"03-00{r.randint(10, 99)}-{r.randint(1000, 9999)}"}
                first = lot.sheet(kind, what, sender=sender)
                if kind in ("advertisement", "unknown"):
                    first.matches = {"patient": [], "institution": [], "doctor": []}
            else:
                kind, first = what, lot.drawn(what, number)
            sheets = [first]
            behind = r.random()
            if number is not None and behind < 0.13:
                covers += 1
                values = first.values | {"sheets": "2", "subject": r.choice(["書類の送付について", "患者様の件", "ご依頼の件", "資料送付の件"]), "clerk": region.person("female")[0].split()[0]}
                sheets = [Sheet(Cover(covers, seed), values, {}), first]
                first.notes.append("cover")
            elif kind in ("referral_letter", "reply_letter") and behind < 0.24:
                # A second document behind it: the same patient's results, or somebody else's letter from the same house.
                sender = next((i for i in region.institutions if i["institution_id"] == (first.matches["institution"] or [{"id": None}])[0]["id"]), None)
                if sender and first.matches["patient"]:
                    notes.append("two-documents")
                    if r.random() < 0.5:
                        person = next(p for p in region.patients if p["patient_id"] == first.matches["patient"][0]["id"])
                        sheets.append(lot.drawn("lab_report", 50 + len(out), patient=person, sender=sender, date=first.values["document_date"]))
                    else:
                        notes.append("two-patients")
                        form = Layout(kind, number, seed) if number is not None else first.form
                        sheets.append(lot.sheet(kind, form, sender=sender, date=first.values["document_date"]))
            if len(sheets) > 1 and r.random() < 0.12:
                sheets.insert(r.choice([1, len(sheets)]), "blank")
                notes.append("blank-page")
            out.append(travelled(lot, sheets, notes, len(out) + 1, kind))
    return out


def travelled(lot, sheets, notes, number, kind):
    """How the sheets reached the hospital."""
    r = lot.rng
    way = r.choices(["fax", "scan-pdf", "print-pdf", "png", "jpeg", "mail"], [70, 12, 6, 3, 3, 6])[0]
    if len(sheets) > 1 and way not in ("fax", "scan-pdf"):
        way = "fax"
    grade = r.choices(["fine", "standard", "poor"], [60, 24, 16])[0] if way == "fax" else "fine"
    case = Case("", sheets, way=way, notes=notes, salt=str(lot.seed))
    case.resolution = "standard" if grade == "standard" or grade == "poor" and r.random() < 0.5 else "fine"
    case.grade = grade
    case.coding, case.fill_order = r.choice(["g4", "g4", "g3-1d", "g3-2d"]), r.choice([1, 1, 1, 2])
    case.skew = round(r.uniform(-0.8, 0.8) if r.random() < 0.6 else 0.0, 2) if grade != "poor" else round(r.uniform(-1.8, 1.8), 2)
    case.dirt, case.streak, case.darkness = (r.randint(400, 900), r.random() < 0.5, r.randint(-26, 20)) if grade == "poor" else (r.randint(40, 200), r.random() < 0.06, 0)
    case.tti = r.choice(["", "long", "short", "kana"])
    case.dpi = r.choice([200, 300])
    if way in ("fax", "scan-pdf") and r.random() < 0.07:
        case.turn_all = 180 if way == "fax" else r.choice([180, 90, 270])
        notes.append("turned:all")
    if way == "mail":
        inner = r.choice(["print-pdf", "scan-pdf", "fax"])
        name = {"fax": "fax.tif"}.get(inner, r.choice(["送付書類.pdf", "紹介状.pdf", "20260401_scan.pdf"]))
        case.mail = {"inner": inner, "charset": r.choice(["iso-2022-jp", "utf-8"]), "from": ("地域連携担当", "office@clinic.example.jp"), "subject": "書類の送付", "body": "お世話になっております。\n書類をお送りします。ご確認ください。\n", "attachment": name}
    case.name = {"fax": f"fax{number:05d}.tif", "scan-pdf": f"scan{number:05d}.pdf", "print-pdf": f"scan{number:05d}.pdf", "png": f"scan{number:05d}.png", "jpeg": f"scan{number:05d}.jpg", "mail": f"mail{number:05d}.eml"}[way]
    return case
