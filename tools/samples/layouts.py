"""Forms put together by lot: a title, an addressee, a sender, a patient and the rows of a kind, each in one of many shapes.

The result is text in the language of forms/*.html, so printing and truth work the same way. A layout is drawn from its
own generator: the same (kind, number) is the same form whoever fills it in.
"""
import random

# Wordings staff meet for the same thing.
LABELS = {
    "name": ["氏名", "患者氏名", "患者様氏名", "お名前", "患者名", "患者さん氏名"], "kana": ["フリガナ", "ふりがな", "カナ氏名", "カナ"], "sex": ["性別", "性 別"],
    "birth": ["生年月日", "生年月日", "生年月日（年齢）"], "address": ["住所", "現住所", "ご住所", "患者住所"], "phone": ["電話番号", "電話", "TEL", "ご連絡先", "連絡先電話番号"],
    "id": ["貴院ID", "患者ID（貴院）", "診察券番号", "貴院診察券番号", "貴院患者番号"],
    "institution": ["医療機関名", "紹介元医療機関名", "医療機関の名称", "貴院名", "紹介元医療機関"], "office": ["事業所名", "事業所名称", "施設名", "所属"], "pharmacy": ["保険薬局名", "薬局名", "保険薬局の名称"],
    "place": ["所在地", "住所", "医療機関所在地"], "tel": ["電話番号", "TEL", "電話", "ＴＥＬ"], "fax": ["FAX番号", "FAX", "ＦＡＸ", "ファックス"],
    "doctor": ["医師氏名", "医師名", "紹介医師名", "担当医師名", "主治医"], "person": ["担当者", "記入者", "担当者氏名", "報告者"], "code": ["医療機関コード", "保険医療機関コード"],
    "diagnosis": ["傷病名", "病名", "診断名", "主病名", "傷病名（主訴）"], "purpose": ["紹介目的", "ご紹介の目的", "依頼目的", "紹介目的・依頼事項"], "history": ["既往歴及び家族歴", "既往歴・家族歴", "既往歴"],
    "course": ["症状経過及び検査結果", "病状経過・検査結果", "現病歴", "経過及び検査所見", "症状・経過"], "prescription": ["現在の処方", "処方内容", "投薬内容", "現在の投薬"], "remarks": ["備考", "特記事項", "その他連絡事項", "備考欄"],
    "dates": ["希望日", "受診希望日", "予約希望日", "ご希望日時"], "department": ["希望診療科", "診療科", "受診希望科", "受診科"], "visited": ["当院受診歴", "貴院受診歴", "受診の有無", "受診歴"], "complaint": ["主訴・症状", "紹介目的", "主訴・紹介理由", "ご依頼内容"],
    "modality": ["検査種別", "検査項目", "依頼検査", "希望検査"], "part": ["撮影部位", "検査部位", "部位"], "contrast": ["造影", "造影剤", "造影の有無"], "pacemaker": ["ペースメーカー", "心臓ペースメーカー", "ペースメーカ・体内金属"], "exam_purpose": ["検査目的", "検査目的・臨床情報", "依頼目的"],
    "visit": ["受診日", "来院日", "初診日", "受診年月日"], "reply_course": ["経過", "検査結果・治療経過", "診察結果", "所見及び経過", "ご報告内容"],
    "admission": ["入院日", "入院年月日"], "discharge": ["退院日", "退院年月日"], "stay_course": ["入院経過", "入院後経過", "経過の要約", "臨床経過"], "rx_out": ["退院時処方", "退院時処方内容"],
    "care": ["要介護度", "介護度", "要介護認定", "要介護状態区分"], "care_remarks": ["特記事項", "申し送り事項", "備考", "その他"], "adl": ["ADL", "移動"],
    "tracing_remarks": ["報告内容", "情報提供内容", "薬剤師からの報告", "所見・提案事項"], "collected": ["採取日", "検体採取日", "採血日"], "lab_remarks": ["コメント", "所見", "備考"],
    "specialty": ["診療科目", "専門科目", "診療科", "標榜科"], "action": ["届出区分", "申請区分", "届出の種類"], "facility": ["使用施設", "利用施設", "使用場所", "会議室名"], "use_date": ["使用日", "利用日時", "使用希望日"], "use": ["使用目的", "利用目的", "目的"], "people": ["使用人数", "利用人数", "参加人数"],
    "event": ["研修会名", "催し名", "件名", "会の名称"], "event_date": ["開催日", "日時", "開催日時"], "attend_number": ["参加人数", "出席者数", "申込人数"],
    "applicant": ["請求者氏名", "申請者氏名", "申込者氏名", "お申込者"], "relation": ["続柄", "患者との続柄", "患者との関係"], "reason": ["請求理由", "開示を求める理由", "使用目的"], "question": ["相談内容", "ご相談の内容", "相談したいこと"],
}

TITLES = {
    "referral_letter": ["診療情報提供書", "紹介状（診療情報提供書）", "患者紹介状", "診 療 情 報 提 供 書", "患者診療情報提供書", "紹介状"],
    "appointment_request": ["FAX診療予約申込書", "紹介患者予約申込書", "診察予約依頼書", "地域連携予約申込票", "受診予約申込書", "紹介患者様 事前受付票"],
    "exam_request": ["検査予約申込書", "医療機器共同利用申込書", "放射線検査依頼書", "画像診断検査依頼書", "CT・MRI等 検査依頼票", "共同利用検査申込書"],
    "reply_letter": ["ご報告", "返　書", "受診報告書", "診療経過報告書", "御報告書", "紹介患者経過報告書", "診療情報提供書（返書）"],
    "discharge_summary": ["退院時サマリー", "退院時要約", "退 院 サ マ リ", "入院診療要約"],
    "discharge_care_record": ["看護サマリー", "看護添書", "退院・退所情報記録書", "看護情報提供書"],
    "admission_care_info": ["入院時情報提供書", "入院時情報連携シート", "入院時 情報提供シート"],
    "home_nursing_report": ["訪問看護報告書", "訪問看護計画書・報告書", "訪問看護経過報告書"],
    "medication_report": ["服薬情報提供書", "服薬情報提供書（トレーシングレポート）", "トレーシングレポート", "服薬情報等提供書"],
    "transfer_request": ["転院相談票", "転院依頼書", "転院調整依頼書", "転院・入院受入依頼書"],
    "doctor_registration": {"new": ["登録医申請書", "登録医登録申込書", "連携登録医 申請書"], "change": ["登録医変更届", "登録内容変更届"], "withdraw": ["登録医辞退届", "登録医脱退届"]},
    "facility_use_request": ["施設利用申込書", "会議室・図書室使用願", "施設共同利用申込書"],
    "event_entry": ["参加申込書", "研修会参加申込書", "出欠連絡票", "参加申込FAX"],
    "disclosure_request": ["診療情報開示請求書", "診療記録開示申請書", "カルテ開示請求書"],
    "second_opinion_request": ["セカンドオピニオン申込書", "セカンドオピニオン外来 申込書"],
    "lab_report": ["検査結果報告書", "臨床検査報告書", "検査報告書"],
}

TYPEFACES = ["IPAMincho", "IPAPMincho", "IPAGothic", "IPAPGothic", "IPAexMincho", "IPAexGothic", "Noto Sans CJK JP", "Noto Serif CJK JP", "TakaoPMincho", "TakaoPGothic", "VL PGothic", "VL Gothic", "BIZ UDPGothic", "BIZ UDPMincho", "BIZ UDGothic", "BIZ UDMincho", "Migu 1P", "MigMix 2P", "MotoyaLCedar", "MotoyaLMaru", "Sawarabi Gothic", "Ume P Mincho", "Ume Gothic", "IPAmjMincho"]

HANDS = ["SetoFont", "YOzS"]

CSS = """
@page { size: %(page)s; margin: %(margin)s }
section { width: auto; height: auto; padding: 0 .5mm; overflow: visible; line-height: %(leading)s }
body { font-size: %(size)spt } .big { font-size: 1.25em } .hd { font-size: 1.7em; font-weight: %(bold)s }
td, th { border-width: %(rule)smm; padding: %(pad)sem .5em; height: %(row)sem } th { background: %(shade)s }
.inv { background: #000; color: #fff; padding: .1em .8em } .box { border: .4mm solid #000; padding: .5em .8em }
.cell { border: %(rule)smm solid #000; padding: 0 .5em .15em } .cell > small { display: block; font-size: .68em; line-height: 1.3 } .cells { display: flex } .cells > .cell { flex: 1 1 auto; margin: 0 -.35mm -.35mm 0 }
.blank { border-bottom: .3mm solid #000; padding: 0 .6em; display: inline-block; min-width: 3em } .v { writing-mode: vertical-rl; text-align: center; letter-spacing: .15em; padding: .4em .15em !important }
.dot { display: flex; border-bottom: .25mm dotted #000; padding: .3em 0 } .dot > b, .col > b { flex: 0 0 var(--label, 8em); padding-right: .6em; font-weight: %(bold)s } .dot > :last-child, .col > :last-child { flex: 1 } .col { display: flex; padding: .15em 0 } .two { display: flex; gap: 1.5em; align-items: flex-start } .two > * { flex: 1 1 0 }
.head { font-weight: %(bold)s; margin-top: .7em } .text { min-height: 1.4em } .stamp { border: .35mm solid #223; display: inline-block; padding: .3em .8em; line-height: 1.35; font-family: "IPAMincho" } .nw { white-space: nowrap } .ring { margin: 0 .25em }
"""


class Layout:
    """One form of a kind, with its own wording, shapes and typeface."""

    def __init__(self, kind, number, seed=0, action=None):
        self.kind, self.action = kind, action
        self.rng = r = random.Random(f"{seed} layout {kind} {number} {action}")
        self.name = f"drawn-{kind}-{number}"
        self.words = {k: r.choice(v) for k, v in LABELS.items()}
        self.words["date"] = r.choice(["申込日", "記入日", "申込年月日"] if kind in OWN_PAPER else ["作成日", "記入日", "発行日", "日付", "報告日"])
        self.dress = r.choice(["plain", "plain", "spread", "colon"])
        self.sender_shape = r.choice(["letterhead", "ruled", "lines", "stamp", "boxed", "foot", "cells"])
        self.order = r.choice(["official", "letter", "sides", "patient_first", "halves"])
        # A hospital's or a clinic's own paper has the shapes of its kind first; the number walks through them so that few are missed.
        shapes = ["ruled", "heads", "columns", "bars", "dotted", "vertical", "numbered", "brackets", "typed"]
        people = ["stacked", "boxed", "cells", "ruled", "blanks", "across", "lines", "machine", "digits", "typed"]
        offset = sum(map(ord, kind))
        self.no_kana = kind in ("reply_letter", "discharge_summary", "lab_report", "transfer_request") and r.random() < 0.3
        self.body_shape = shapes[(number + offset) % len(shapes)]
        self.patient_shape = people[(number * 2 + offset) % len(people)]
        if kind in OWN_PAPER and r.random() < 0.75:
            self.order, self.sender_shape = "issued", r.choice(["ruled", "cells", "lines", "boxed"])
        if self.patient_shape == "machine" or kind == "discharge_summary" and r.random() < 0.6:
            self.order = "patient_first" if self.order != "issued" else "issued"
        if self.order == "halves":
            # Half a page is room for lines, not for rows of boxes.
            self.patient_shape, self.sender_shape = r.choice(["lines", "stacked", "blanks"]), r.choice(["lines", "letterhead"])
        self.font = r.choice(TYPEFACES)
        # Many papers are printed in one typeface and filled in with another, some by hand.
        typed = r.random()
        self.font += "" if typed < 0.6 else "+" + r.choice(TYPEFACES) if typed < 0.94 else "+" + r.choice(HANDS)
        self.page = r.choices(["A4", "B5"], [9, 1])[0]
        self.date = r.choice(["wareki", "wareki", "wide_wareki", "seireki", "slash", "full_wareki", "dots", "kanji_wareki", "dash"])
        self.small_date = r.choice(["wareki", "slash", "dots", "short", "seireki", "letter_slash"])
        self.birth = r.choice(["era_ring", "era_ring", "era_check", "wareki", "dots", "letter_slash", "seireki", "bare_slash", "short_era", "spaced_era", "era_number"])
        if self.order == "halves" and self.birth.startswith("era_"):
            self.birth = r.choice(["wareki", "short_era", "letter_slash"])
        self.sex = r.choice(["ring:male=男,female=女", "ring:male=男,female=女", "check:male=男,female=女", "one:male=男,female=女", "one:male=男性,female=女性", "ring:male=男性,female=女性", "fill:male=男,female=女", "ring:male=M,female=F", "tick:male=男,female=女", "ring:male=1.男,female=2.女"])
        self.yes_no = r.choice(["ring:yes=有,no=無", "check:yes=あり,no=なし", "ring:yes=あり,no=なし", "fill:yes=有,no=無", "tick:yes=有,no=無"])
        self.tel = r.choice(["dash", "dash", "dash", "paren", "mid_paren", "full"])
        self.zen = r.choice(["plain", "plain", "plain", "full"])
        self.kana = r.choice(["wide", "wide", "half_kana", "hiragana", "plain"])
        self.style = {
            "page": {"A4": "210mm 297mm", "B5": "182mm 257mm"}[self.page], "margin": r.choice(["14mm 15mm", "16mm 18mm", "12mm 14mm 14mm 20mm"]), "leading": r.choice([1.45, 1.55, 1.65]), "bold": r.choice(["bold", "bold", "normal"]),
            "rule": r.choice([0.2, 0.3, 0.4]), "pad": r.choice([0.15, 0.25, 0.4]), "shade": r.choice(["#fff", "#fff", "#e8e8e8", "#ddd"]), "size": r.choice([10, 10.5, 11, 12]) if self.page == "A4" else 10, "row": r.choice([1.9, 2.2, 2.6]),
        }
        self.overleaf = kind in LONG and r.random() < 0.4

    # ------------------------------------------------------------ words
    @staticmethod
    def room(labels):
        """The width of a column of labels."""
        return f"--label:{min(12, max(map(len, labels), default=6) + 1.5)}em"

    def w(self, key):
        t = self.words[key]
        if self.dress == "spread" and len(t) <= 4 and not t.isascii():
            gap = {2: "　　", 3: "　", 4: ""}.get(len(t), "")
            t = gap.join(t)
        return t

    def c(self, key):
        return self.w(key) + "："

    def put(self, key, value):
        """'label：value' on a line."""
        return f'{self.c(key)}{value}'

    # ------------------------------------------------------------ values
    def name_of(self, field="patient_name", honour="様"):
        return "{{" + field + "|wide}}" + (f"　{honour}" if honour else "")

    def born(self, age=True):
        arg = "" if self.birth not in ("era_ring", "era_number") else ":" + self.rng.choice(["明大昭平令", "大昭平令"])
        years = self.rng.choice(["（{{=age}}歳）", "　{{=age}} 歳", "生（満{{=age}}歳）", "（{{=age}}才）", ""])
        return "<span class=nw>{{patient_birth_date|" + self.birth + arg + "}}</span>" + (f"<span class=nw>{years}</span>" if age else "")

    def sexed(self):
        return "{{patient_sex|" + self.sex + "}}"

    def number(self, field):
        return "{{" + field + "|tel:" + self.tel + "}}"

    def address(self, who):
        return "{{" + who + "_address|" + ("zen" if self.zen == "full" else "plain") + "}}"

    def postal(self, who):
        return "〒{{" + who + "_postal_code}}"

    # ------------------------------------------------------------ blocks
    def title(self):
        t = TITLES[self.kind]
        t = self.rng.choice(t[self.action] if isinstance(t, dict) else t)
        shape = self.rng.choice(["plain", "plain", "spread", "boxed", "inverse", "under", "double"])
        extra = {"plain": "", "spread": "letter-spacing:.5em;", "boxed": "border:.5mm solid #000;padding:.1em;", "inverse": "background:#000;color:#fff;padding:.1em;", "under": "text-decoration:underline;", "double": "border:1mm double #000;padding:.1em 1em;display:inline-block;"}[shape]
        return f'<div style="text-align:center;margin:.5em 0"><div class=hd style="{extra}">{t}</div></div>'

    def dated(self):
        return self.rng.choice(["", "", self.c("date")]) + "{{document_date|" + self.date + "}}"

    def addressee(self):
        r = self.rng
        suffix = r.choice(["先生", "先生 御侍史", "先生　御机下", "殿", "先生 侍史"])
        to = "{{recipient_doctor_name|wide}}　" + suffix
        someone = r.choice(["御担当先生", "ご担当医 先生", "担当医 殿", "先生 御机下"])
        person = "{{#recipient_doctor_name}}" + to + "{{/recipient_doctor_name}}{{#no_recipient_doctor}}" + someone + "{{/no_recipient_doctor}}"
        shape = r.choice(["lines", "lines", "inline", "labelled", "office"])
        if shape == "lines":
            return "<div><span class=big>{{=hospital}}</span><br>{{recipient_department}}　" + person + "</div>"
        if shape == "inline":
            return "<div class=big>{{=hospital}}　{{recipient_department}}　" + person + "</div>"
        if shape == "labelled":
            return f"<div>{r.choice(['紹介先医療機関等名', '宛先', '紹介先'])}　<span class=blank>" + "{{=hospital}}</span><br>担当医　<span class=blank>{{recipient_department}}</span>　<span class=blank>" + person + "</span></div>"
        return "<div>{{=hospital}}　{{=office}} 御中<br>　{{recipient_department}}　" + person + "</div>"

    def to_office(self):
        """The head of a form that the hospital itself has printed."""
        r = self.rng
        fax = "{{=hospital_fax|tel:" + r.choice(["dash", "paren", "full"]) + "}}"
        who = "{{=hospital}}　{{recipient_department}}" if self.kind in TO_OFFICE or self.kind == "exam_request" else "{{=hospital}}　{{=office}}"
        return r.choice([
            f'<div class=row><b class=big>{who} 行</b><b class=big>FAX {fax}</b></div>', f'<div class=box style="text-align:center"><b>送信先　{who}　宛</b><br><span class=big>ＦＡＸ：{fax}</span></div>',
            f'<div style="border-bottom:.5mm solid #000"><span class=big>{who} 御中</span>　（FAX番号 {fax}）</div>', f'<div class=inv>{who}　FAX {fax}（平日 8:30～17:00）</div>'])

    def seal(self, field="sender_doctor_name"):
        seal = "{{=" + field + "|seal}}"
        return self.rng.choice(["", "　印", "　" + seal, "　㊞", f'<span style="margin:-3mm 0 -3mm -.9em;display:inline-block">{seal}</span>'])

    def person_label(self):
        return "person" if self.kind in NO_DOCTOR else "doctor"

    def person(self):
        mark = "?" if self.kind in OPTIONAL_PERSON else ""
        return "{{" + mark + "sender_doctor_name|wide}}"

    def house(self):
        """The name of the sender, the legal person small above it when there is one."""
        return "{{sender_institution_name|" + self.rng.choice(["wide", "wide", "legal_above"]) + "}}"

    def sender(self):
        r, kind = self.rng, self.kind
        inst = "pharmacy" if kind == "medication_report" else "office" if kind in ("home_nursing_report", "admission_care_info") else "institution"
        code = kind in ("referral_letter", "exam_request", "appointment_request", "doctor_registration") and r.random() < 0.3
        dep = kind in ("reply_letter", "discharge_summary", "transfer_request") or r.random() < 0.2
        dep_html = "{{#sender_department}}{{sender_department}}　{{/sender_department}}" if dep and kind not in NO_DOCTOR else ""
        person = dep_html + self.person() + self.seal()
        tel, fax = self.number("sender_phone"), self.number("sender_fax")
        postal, address = self.postal("sender"), self.address("sender")
        bare = kind in ("event_entry", "facility_use_request") and r.random() < 0.6
        place = "" if bare else f"{postal}{r.choice([' ', '<br>'])}{address}"
        title = "" if kind in NO_DOCTOR else r.choice(["医師　", "院長　", self.c("doctor"), "担当医　"])
        if kind in NO_DOCTOR:
            title = self.c("person")
        shape = self.sender_shape
        pharm = "{{pharmacy_name|wide}}{{sender_institution_name|nothing}}" if kind == "medication_report" else self.house()
        if shape == "letterhead":
            return f'<div style="margin-left:auto;width:fit-content;text-align:{r.choice(["left", "right"])}">' + (f"{place}<br>" if place else "") + f'<span class=big>{pharm}</span><br>TEL {tel}　FAX {fax}<br>{title}{person}</div>'
        if shape == "stamp":
            turn = f"transform:rotate({r.uniform(-1.6, 1.6):.1f}deg)"
            return f'<div style="margin-left:auto;width:fit-content"><div class=stamp style="{turn}">' + (f"{place}<br>" if place else "") + f'<span class=big>{pharm}</span><br>☎ {tel}　FAX {fax}</div><br>{title}{person}</div>'
        if shape == "foot":
            return f'<div style="border-top:.5mm solid #000;margin-top:1em;padding-top:.4em;text-align:center"><span class=big>{pharm}</span>　{title}{person}<br>{place}　TEL：{tel}　FAX：{fax}</div>'
        rows = [(self.w(inst), f"{pharm}")]
        if code:
            rows.append((self.w("code"), "{{#sender_institution_code}}{{sender_institution_code|" + r.choice(["boxes", "plain"]) + "}}{{/sender_institution_code}}"))
        if place:
            rows.append((self.w("place"), place))
        rows += [(self.w("tel"), tel), (self.w("fax"), fax)]
        rows.append((self.w(self.person_label()), person))
        if shape == "boxed":
            return '<div class=box style="width:60%;margin-left:auto">' + "<br>".join(f"{a}：{b}" for a, b in rows) + "</div>"
        if shape == "lines":
            return f'<div style="{self.room(a for a, _b in rows)}">' + "".join(f"<div class=col><b>{a}</b><span>{b}</span></div>" for a, b in rows) + "</div>"
        if shape == "cells":
            n = len(rows) - 3
            return '<div>' + "".join(f'<div class=cells><div class=cell><small>{a}</small>{b}</div></div>' for a, b in rows[:n]) + '<div class=cells>' + "".join(f"<div class=cell><small>{a}</small>{b}</div>" for a, b in rows[n:]) + "</div></div>"
        side = r.random() < 0.4
        head = f'<th class=v rowspan={len(rows)}>{r.choice(["紹介元", "申込元", "発信元"])}</th>' if side else ""
        lines = [f"<th style='width:8em'>{a}</th><td>{b}</td>" for a, b in rows]
        return "<table>" + "".join(f"<tr>{head if i == 0 else ''}{x}</tr>" for i, x in enumerate(lines)) + "</table>"

    def patient(self):
        r, kind, shape = self.rng, self.kind, self.patient_shape
        full = kind in WITH_ADDRESS
        with_id = "{{#patient_id}}" + self.w("id") + "　{{patient_id|" + r.choice(["plain", "boxes"]) + "}}{{/patient_id}}" if kind in WITH_ID else ""
        kana = "" if self.no_kana else "{{patient_kana|" + self.kana + "}}"
        name, born, sex = self.name_of(), self.born(), self.sexed()
        place = f"{self.postal('patient')} {self.address('patient')}" if r.random() < 0.6 else self.address("patient")
        tel = self.number("patient_phone")
        w = self.w
        above = f"<small>{kana}</small><br>" if kana else ""
        if not kana and shape not in ("stacked", "across"):
            shape = "ruled"
        if shape == "ruled":
            upper = f"<tr><th>{w('kana')}</th><td>{kana}</td><th rowspan=2>{w('sex')}</th><td rowspan=2 class=center>{sex}</td></tr><tr><th>{w('name')}</th><td class=big>{name}</td></tr>" if kana else f"<tr><th>{w('name')}</th><td class=big>{name}</td><th>{w('sex')}</th><td class=center>{sex}</td></tr>"
            rows = upper + f"<tr><th>{w('birth')}</th><td colspan=3>{born}</td></tr>"
            if full:
                rows += f"<tr><th>{w('address')}</th><td colspan=3>{place}</td></tr><tr><th>{w('phone')}</th><td colspan=3>{tel}</td></tr>"
            return f"<table>{rows}</table>{with_id}"
        if shape == "stacked":
            n = 2 + full
            side = f'<th class=v rowspan={n}>{r.choice(["患者", "患　者", "患者情報"])}</th>'
            rows = f"<tr>{side}<th>{w('name')}</th><td>{above}<span class=big>{name}</span></td><td class=center>{sex}</td></tr><tr><th>{w('birth')}</th><td colspan=2>{born}</td></tr>"
            if full:
                rows += f"<tr><th>{w('address')}</th><td colspan=2>{place}<br>{w('phone')}　{tel}</td></tr>"
            return f"<table>{rows}</table>{with_id}"
        if shape == "cells":
            out = f'<div class=cells><div class=cell><small>{w("kana")}</small>{kana}</div><div class=cell><small>{w("sex")}</small>{sex}</div></div><div class=cells><div class=cell><small>{w("name")}</small><span class=big>{name}</span></div><div class=cell><small>{w("birth")}</small>{born}</div></div>'
            if full:
                out += f'<div class=cells><div class=cell><small>{w("address")}</small>{place}</div><div class=cell style="flex:0 0 13em"><small>{w("phone")}</small>{tel}</div></div>'
            return f"<div>{out}</div>{with_id}"
        if shape == "boxed":
            return f'<div class=box>{self.put("name", f"<span class=big>{name}</span>")}（{kana}）　{sex}<br>{self.put("birth", born)}' + (f"<br>{self.put('address', place)}　{self.put('phone', tel)}" if full else "") + (f"<br>{with_id}" if with_id else "") + "</div>"
        if shape == "lines":
            rows = [("kana", kana), ("name", f"<span class=big>{name}</span>"), ("birth", born), ("sex", sex)] + ([("address", place), ("phone", tel)] if full else [])
            return f'<div style="{self.room(w(k) for k, _v in rows)}">' + "".join(f"<div class=col><b>{w(k)}</b><span>{v}</span></div>" for k, v in rows) + "</div>" + with_id
        if shape == "blanks":
            return f'<div style="line-height:2.1">{w("kana")}　<span class=blank>{kana}</span><br>{w("name")}　<span class="blank big">{name}</span>　{sex}<br>{w("birth")}　<span class=blank>{born}</span>' + (f'<br>{w("address")}　<span class=blank>{place}</span><br>{w("phone")}　<span class=blank>{tel}</span>' if full else "") + f"</div>{with_id}"
        if shape == "across":
            out = f"<table><tr><th>{w('kana') + '・' if kana else ''}{w('name')}</th><th>{w('sex')}</th><th>{w('birth')}</th></tr><tr><td>{above}<span class=big>{name}</span></td><td class=center>{sex}</td><td>{born}</td></tr>"
            if full:
                out += f"<tr><th colspan=2>{w('address')}</th><th>{w('phone')}</th></tr><tr><td colspan=2>{place}</td><td>{tel}</td></tr>"
            return out + "</table>" + with_id
        if shape == "digits":
            out = f"<table><tr><th>{w('name')}</th><td class=big>{name}</td><th>{w('kana')}</th><td>{kana}</td></tr><tr><th>{w('birth')}</th><td>" + "{{patient_birth_date|era_boxes}}" + f"</td><th>{w('sex')}</th><td class=center>{sex}</td></tr>"
            if full:
                out += f"<tr><th>{w('address')}</th><td colspan=3>{place}</td></tr><tr><th>{w('phone')}</th><td colspan=3>{tel}</td></tr>"
            return out + "</table>" + with_id
        if shape == "typed":
            rule = "<div style='overflow:hidden;white-space:nowrap'>" + "─" * 60 + "</div>"
            return f"{rule}<div>{w('name')}：{name}　　{w('kana')}：{kana}<br>{w('birth')}：{born}　　{w('sex')}：{sex}" + (f"<br>{w('address')}：{place}<br>{w('phone')}：{tel}" if full else "") + f"<br>{with_id}</div>{rule}"
        # machine: the head of a print-out of an electronic record
        chart = f"{r.randint(1000, 99999)}"
        if self.birth.startswith("era_"):
            self.birth = "wareki"
            born = self.born()
        return f'<div style="border-top:.4mm solid #000;border-bottom:.4mm solid #000;padding:.2em 0"><div class=two style="gap:.8em"><div>ｶﾅ氏名:' + "{{patient_kana|half_kana}}" + f'<br>氏　　名:<b>{name}</b></div><div>生年月日:{born}<br>性　　別:' + "{{patient_sex|one:male=男,female=女}}" + f'<br><small>当院カルテNo.{chart}</small></div></div>' + (f"住　　所:{place}<br>電話番号:{tel}" if full else "") + f"</div>{with_id}"

    # ------------------------------------------------------------ rows
    def rows(self):
        """(label, value, long) of the kind's own fields."""
        r, w, k = self.rng, self.w, self.kind
        free = lambda key, field=None: (w(key), "{{" + (field or key) + "}}", True)
        short = lambda key, html: (w(key), html, False)
        dates = "　".join("<span class=nw>" + f"第{'１２３'[i]}希望 " + "{{desired_dates[" + str(i) + "]|" + "DAY" + "}}</span>" for i in range(3))
        dates = dates.replace("DAY", r.choice(["month_day", "weekday_wareki", "slash"]))
        half = r.choice(["午前 ・ 午後", "AM ・ PM", "　時　　分"])
        grid = '<table style="font-size:.95em">' + "".join(f"<tr><td>第{'１２３'[i]}希望</td><td class=nw>{{{{desired_dates[{i}]|DAY}}}}</td><td>{half}</td></tr>" for i in range(3)).replace("DAY", r.choice(["month_day", "wareki", "slash"])) + "</table>"
        time = r.choice(["", "　（午前・午後）", "　時間帯：指定なし"])
        if k == "referral_letter":
            rows = [free("diagnosis"), free("purpose"), free("history"), free("course"), free("prescription"), free("remarks")]
            if r.random() < 0.25:
                rows.insert(0, rows.pop(1))
            if r.random() < 0.3:
                rows.append(("添付資料", r.choice(["□画像CD-R　☑検査データ　□心電図", "検査結果 1部"]), False))
            if r.random() < 0.3:
                rows.insert(-1, ("アレルギー", r.choice(["□有（　　　　）　☑無", "なし"]), False))
            return [x for x in rows if x[0] != w("history") or r.random() < 0.85]
        if k == "appointment_request":
            rows = [short("department", "{{recipient_department|" + r.choice(["plain", "plain", "department_ring", "department_check"]) + "}}" + "{{#recipient_doctor_name}}　（医師指定：{{recipient_doctor_name|wide}} 医師）{{/recipient_doctor_name}}"), short("dates", dates + time if r.random() < 0.6 else grid), short("visited", "{{visited_before|" + self.yes_no + "}}"), free("diagnosis"), free("complaint", "purpose")]
            if r.random() < 0.4:
                rows.insert(2, ("保険情報", "保険者番号 {{insurer_number|" + r.choice(["boxes", "plain"]) + "}}　記号 {{insured_symbol}}　番号 {{insured_number}}", False))
            if r.random() < 0.4:
                rows.insert(0, ("患者様の状況", r.choice(["□院内で待機中　☑帰宅", "□至急　☑通常"]), False))
            if r.random() < 0.3:
                rows.append(("移動方法", "☑独歩　□車いす　□ストレッチャー", False))
            return rows
        if k == "exam_request":
            mods = "CT=CT,MRI=MRI,RI=RI,US=超音波,endoscopy=内視鏡,DXA=骨密度"
            rows = [short("modality", "{{modality|" + r.choice(["check", "ring", "fill", "tick"]) + ":" + mods + "}}"), short("part", "{{body_part}}"), short("contrast", "{{contrast|" + r.choice(["ring:yes=有,no=無", "check:yes=造影,no=単純", "ring:yes=造影,no=単純", "check:yes=あり,no=なし"]) + "}}"), short("dates", dates), free("diagnosis"), free("exam_purpose", "purpose")]
            if r.random() < 0.6:
                rows.insert(4, short("pacemaker", "{{#pacemaker}}{{pacemaker|" + self.yes_no + "}}{{/pacemaker}}"))
            if r.random() < 0.5:
                rows.append(("確認事項", r.choice(["アレルギー　□有　☑無　　喘息　□有　☑無", "腎機能　Cre {{=cre}} mg/dL　eGFR {{=egfr}}"]), False))
            return rows
        if k == "reply_letter":
            rows = [short("visit", "{{visit_date|" + self.small_date + "}}"), free("diagnosis"), free("reply_course", "course")]
            return rows + ([("今後の方針", r.choice(["☑当院で継続　□貴院へ逆紹介　□終診", "外来にて経過観察", "□入院　☑外来通院　□他院紹介"]), False)] if r.random() < 0.5 else [])
        if k == "discharge_summary":
            a, b = "{{admission_date|" + self.small_date + "}}", "{{discharge_date|" + self.small_date + "}}"
            stay = [(r.choice(["入院期間", "在院期間"]), f"{a} ～ {b}", False)] if r.random() < 0.4 else [short("admission", a), short("discharge", b)]
            return stay + [free("diagnosis"), free("stay_course", "course"), free("rx_out", "prescription")] + ([("転帰", r.choice(["□治癒　☑軽快　□不変　□死亡", "軽快"]), False)] if r.random() < 0.6 else [])
        if k in CARE_KINDS:
            level = r.choice(["{{care_level}}", "{{care_level}}", "{{care_level|care_ring}}", "{{care_level|care_check}}"])
            rows = [short("care", level), free("diagnosis"), ("ADL" if r.random() < 0.5 else "食事・排泄", r.choice(["移動：□自立 ☑一部介助 □全介助　食事：☑自立 □一部介助", "食事　普通食　／　排泄　トイレ（日中）・オムツ（夜間）", "入浴：一部介助　更衣：一部介助　整容：自立"]), False), free("care_remarks", "remarks")]
            if k == "home_nursing_report":
                rows.insert(2, ("訪問日", "<table style='width:auto;font-size:.75em'><tr>" + "".join(f"<td style='padding:0 .3em'>{d}<br>{'○' if d % 7 in (1, 4) else '　'}</td>" for d in range(1, 16)) + "</tr><tr>" + "".join(f"<td style='padding:0 .3em'>{d}<br>{'○' if d % 7 in (1, 4) else '　'}</td>" for d in range(16, 31)) + "</tr></table>", False))
                rows.insert(3, ("病状の経過", "{{=progress}}", True))
            if k == "admission_care_info" and r.random() < 0.6:
                rows.insert(1, ("家族構成・キーパーソン", r.choice(["独居　長女（市外）", "夫婦のみ世帯　配偶者", "長男夫婦と同居"]), False))
            if k == "transfer_request":
                rows.insert(1, ("転院希望時期", r.choice(["できるだけ早期", "２週間以内", "病床が空き次第"]), False))
            return rows
        if k == "medication_report":
            rows = [("処方箋発行日", "{{=rx_date|" + self.small_date + "}}", False), ("患者の同意", r.choice(["☑得た　□得ていない", "■ 得ました　□ 得ていません"]), False), free("tracing_remarks", "remarks")]
            return rows if r.random() < 0.7 else rows + [("返信欄", "□報告内容を確認しました　□提案どおり変更します", False)]
        if k == "doctor_registration":
            rows = [short("doctor", "{{doctor_name|wide}}{{?sender_doctor_name|nothing}}" + self.seal("doctor_name")), short("kana", "{{doctor_kana|wide}}"), short("specialty", "{{specialty}}")]
            rows.insert(0, short("action", "{{registration_action|" + r.choice(["check", "ring", "fill"]) + ":new=新規,change=変更,withdraw=辞退}}")) if r.random() < 0.5 else rows.append(("", "{{registration_action|nothing}}", None))
            if self.action == "new":
                rows.append(("往診", "□可　☑否", False))
            else:
                rows.append(("理由", "{{=reason}}", False))
            return rows
        if k == "facility_use_request":
            return [short("facility", r.choice(["{{facility}}", "{{facility|facility_check}}"])), short("use_date", "{{desired_dates[0]|" + r.choice(["weekday_wareki", "wareki", "month_day"]) + "}}　{{=hours}}"), short("people", "{{=people}} 名"), free("use", "purpose")]
        if k == "event_entry":
            return [short("event", "{{event_name}}"), short("event_date", "{{event_date|" + r.choice(["weekday_wareki", "wareki"]) + "}}　{{=hours}}"), short("attend_number", r.choice(["{{participants}} 名", "　{{participants}}　人", "計　{{participants}}　名"]))] + ([("参加方法", "☑会場　□オンライン", False)] if r.random() < 0.5 else [])
        if k == "disclosure_request":
            return [short("applicant", "{{applicant_name|wide}}" + self.seal("applicant_name")), short("relation", "{{=relation|" + r.choice(["plain", "ring:本人=本人,配偶者=配偶者,子=子,親=親", "check:本人=本人,配偶者=配偶者,子=子,親=親"]) + "}}"), ("請求者連絡先", "{{=applicant_phone}}", False), ("開示の範囲", r.choice(["☑診療録　☑検査結果　□画像　□看護記録", "令和６年度の外来診療録一式"]), False), ("開示の方法", "□閲覧　☑写しの交付", False), free("reason", "purpose")]
        if k == "second_opinion_request":
            return [short("applicant", "{{applicant_name|wide}}"), short("relation", "{{=relation}}"), ("希望診療科", "{{recipient_department}}", False), ("現在の医療機関", "{{?sender_institution_name|wide}}　主治医 {{?sender_doctor_name|wide}} 医師", False), ("病名（わかる範囲で）", "{{=disease}}", False), free("question", "purpose")]
        if k == "lab_report":
            return [short("collected", "{{collected_date|" + self.small_date + "}}"), ("", "{{=results|html}}", None), free("lab_remarks", "remarks")]
        raise ValueError(k)

    def body(self):
        rows = self.rows()
        shape = self.body_shape
        out, n = [], 0
        tall = lambda label: next((n for key, n in TALL.items() if self.w(key) == label), 2.5) * self.style["row"] / 2.2
        if shape in ("ruled", "vertical"):
            for label, v, long in rows:
                if long is None:
                    out.append(f"</table>{v}<table>")
                    continue
                upright = shape == "vertical" and long and 2 <= len(label) <= 5 and "<" not in label
                size = f"height:calc({tall(label):.1f}em * var(--tall));" if long else ""
                if upright:
                    size = f"height:{max(len(label) * 1.4 + 1, tall(label)):.1f}em;"
                out.append(f'<tr><th style="{size}{"width:2em;" if upright else "width:9em;white-space:normal;"}" class="{"v" if upright else ""}" {"colspan=1" if upright else "colspan=2" if shape == "vertical" else ""}>{label}</th><td {"colspan=2" if upright else ""} class="{"top" if long else ""}">{v}</td></tr>')
            return "<table>" + "".join(out) + "</table>"
        mark = self.rng.choice(["■", "●", "◆", "○", "【】", "＜＞", "・"])
        headed = lambda t: f"{mark[0]}{t}{mark[1]}" if len(mark) == 2 else f"{mark}{'' if self.rng.random() < .5 else ' '}{t}"
        look = self.rng.choice(["background:#000;color:#fff", "background:#ddd", "border-bottom:.3mm solid #000"])
        for label, v, long in rows:
            if long is None:
                out.append(v)
                continue
            n += 1
            if shape == "bars":
                out.append(f'<div style="border:.35mm solid #000;margin-top:-.35mm"><div style="{look};padding:0 .5em">{label}</div><div style="padding:.2em .6em;min-height:calc({tall(label) if long else 1.5:.1f}em * var(--tall))">{v}</div></div>')
            elif shape == "heads":
                out.append(f'<div class=head>{headed(label)}</div><div style="padding-left:1em;min-height:calc({tall(label) if long else 1.5:.1f}em * var(--tall))">{v}</div>')
            elif shape == "columns":
                out.append(f'<div class=col><b>{label}{"：" if self.dress == "colon" else ""}</b><div style="min-height:calc({tall(label) if long else 1.8:.1f}em * var(--tall))">{v}</div></div>')
            elif shape == "dotted":
                out.append(f'<div class=dot style="min-height:calc({tall(label) if long else 2:.1f}em * var(--tall))"><b>{label}</b><div>{v}</div></div>')
            elif shape == "typed":
                out.append(f'<div>＜{label}＞</div><div style="padding-left:2em;min-height:calc({tall(label) if long else 1.5:.1f}em * var(--tall))">{v}</div><div style="overflow:hidden;white-space:nowrap">{"-" * 150}</div>')
            elif shape == "numbered":
                out.append(f'<div class=head>{n}{self.rng.choice([".", "．"])} {label}</div><div style="padding-left:1.5em;min-height:calc({tall(label) if long else 1.5:.1f}em * var(--tall))">{v}</div>')
            else:
                out.append(f'<div style="margin-top:.4em">【{label}】{v}</div>')
        return f'<div style="{self.room(label for label, _v, _long in rows)}">' + "".join(out) + "</div>"

    # ------------------------------------------------------------ the page
    def text(self):
        r, k = self.rng, self.kind
        gap = "<div style='height:.6em'></div>"
        polite = r.choice(["", "", "<div>平素より大変お世話になっております。下記のとおりご紹介申し上げます。よろしくお願いいたします。</div>"]) if k == "referral_letter" else "{{=opening}}" if k == "reply_letter" else ""
        patient = self.patient() if k in PATIENT_KINDS else ""
        if k == "doctor_registration":
            sender = self.sender_of_registration()
        elif k in ("disclosure_request", "second_opinion_request"):
            sender = ""
        else:
            sender = self.sender()
        foot = self.sender_shape == "foot" and sender
        if own_paper(k, self.order):
            parts = [self.to_office(), self.title(), f"<div class=right>{self.dated()}</div>", "" if foot else sender, patient, self.body(), sender if foot else ""]
        elif self.order == "official":
            parts = [self.title(), f"<div class=right>{self.dated()}</div>", self.addressee(), "" if foot else sender, polite, patient, self.body(), sender if foot else ""]
        elif self.order == "letter":
            parts = [f"<div class=right>{self.dated()}</div>", self.addressee(), "" if foot else sender, self.title(), polite, patient, self.body(), sender if foot else "", "<div class=right>以上</div>"]
        elif self.order == "halves" and sender:
            parts = [self.addressee(), self.title(), f"<div class=right>{self.dated()}</div>", f"<div class=two>{patient}{sender}</div>" if r.random() < 0.5 else f"<div class=two>{sender}{patient}</div>", polite, self.body()]
        elif self.order == "sides":
            parts = [self.title(), f"<div class=right>{self.dated()}</div>", f"<div class=two>{self.addressee()}{sender}</div>" if self.sender_shape in ("letterhead", "stamp", "lines") else self.addressee() + gap + sender, patient, polite, self.body()]
        else:
            parts = [f"<div class=row>{'<small>' + r.choice(['ページ：1', '印刷日時付き', '', '様式2']) + '</small>'}<span>{self.dated()}</span></div>", self.title(), patient, self.addressee(), "" if foot else sender, polite, self.body(), sender if foot else ""]
        parts.append(self.small_print())
        css = CSS % self.style
        return f"<style>{css}</style><section>{gap.join(p for p in parts if p)}</section>" + self.annex()

    def annex(self):
        """A second page of results behind some letters."""
        if self.kind != "referral_letter" or self.rng.random() > 0.2:
            return ""
        head = self.rng.choice(["検査結果", "別紙　検査データ", "血液検査　時系列"])
        return f"<section style='break-before:page'><div class=row><b>{head}</b><span>" + "{{=patient_name|wide}} 様</span></div>{{=results|html}}</section>"

    def small_print(self):
        """What the foot of such paper says; it names numbers and people that are nobody's here."""
        r, tel = self.rng, "{{=hospital_phone|tel:" + self.rng.choice(["dash", "mid_paren", "full"]) + "}}"
        pool = ["", "※ 枠内をご記入ください。", "（注）必要がある場合は続紙に記載して添付すること。"]
        if own_paper(self.kind, self.order):
            pool = ["", f"※受付時間　平日 8:30～17:00　お問い合わせ：{{{{=hospital}}}} {{{{=office}}}}　電話 {tel}", f"＊受付後、30分以内に予約票をFAXでお送りします。お急ぎの場合はお電話ください。（直通 {tel}）", f"【ご注意】保険証・紹介状・お薬手帳をお持ちください。当日の変更は {tel} までご連絡ください。"]
        elif self.kind == "medication_report":
            pool = ["＜注意＞ この情報提供は疑義照会ではありません。疑義照会は通常どおり電話にてお願いいたします。", "※ 本書による報告は緊急性の低い内容です。"]
        note = r.choice(pool)
        office = r.choice(["", "", "<table style='margin-top:.6em;width:60%'><tr><th>受付欄</th><td>受付　　　月　　日　　時</td><td>担当</td></tr></table>"]) if own_paper(self.kind, self.order) else ""
        return f"<div class=small>{note}</div>{office}" if note or office else ""

    def sender_of_registration(self):
        keep, self.kind = self.kind, "event_entry"
        try:
            shape = self.sender_shape
            self.sender_shape = "ruled" if shape in ("letterhead", "stamp", "foot") else shape
            rows = [(self.w("institution"), self.house()), (self.w("place"), f"{self.postal('sender')} {self.address('sender')}"), (self.w("tel"), self.number("sender_phone")), (self.w("fax"), self.number("sender_fax"))]
            if self.rng.random() < 0.4:
                rows.insert(1, (self.w("code"), "{{#sender_institution_code}}{{sender_institution_code}}{{/sender_institution_code}}"))
            if self.sender_shape == "ruled":
                return "<table>" + "".join(f"<tr><th style='width:9em'>{a}</th><td>{b}</td></tr>" for a, b in rows) + "</table>"
            return f'<div style="{self.room(a for a, _b in rows)}">' + "".join(f"<div class=col><b>{a}</b><span>{b}</span></div>" for a, b in rows) + "</div>"
        finally:
            self.kind = keep


TALL = {"course": 8, "stay_course": 12, "reply_course": 11, "tracing_remarks": 11, "prescription": 4.5, "rx_out": 5, "care_remarks": 8, "lab_remarks": 4, "question": 8, "complaint": 5, "exam_purpose": 5, "remarks": 3.5, "history": 3.5}
LONG = {"referral_letter", "discharge_summary"}
CARE_KINDS = {"discharge_care_record", "admission_care_info", "home_nursing_report", "transfer_request"}
NO_DOCTOR = {"discharge_care_record", "admission_care_info", "home_nursing_report", "medication_report", "event_entry", "facility_use_request"}
OPTIONAL_PERSON = NO_DOCTOR
OWN_PAPER = {"appointment_request", "exam_request", "event_entry", "facility_use_request", "doctor_registration", "disclosure_request", "second_opinion_request"}
TO_OFFICE = {"event_entry", "facility_use_request", "doctor_registration", "disclosure_request"}
WITH_ADDRESS = {"referral_letter", "appointment_request", "exam_request", "admission_care_info", "transfer_request", "home_nursing_report", "disclosure_request", "second_opinion_request"}
WITH_ID = {"appointment_request", "referral_letter", "medication_report", "disclosure_request", "reply_letter", "lab_report"}
PATIENT_KINDS = {"referral_letter", "appointment_request", "exam_request", "reply_letter", "discharge_summary", "medication_report", "lab_report", "disclosure_request", "second_opinion_request"} | CARE_KINDS


def own_paper(kind, order):
    """Whether the hospital has printed the paper."""
    return kind in TO_OFFICE or order == "issued"


class Cover:
    """A cover sheet (送付状), by lot; it belongs to the document behind it."""

    kind, overleaf = None, False

    def __init__(self, number, seed=0):
        self.rng = random.Random(f"{seed} cover {number}")
        self.name, self.font = f"drawn-cover-{number}", self.rng.choice(TYPEFACES)

    def text(self):
        r = self.rng
        style = {"page": "210mm 297mm", "margin": "18mm 20mm", "leading": 1.6, "bold": "bold", "rule": 0.3, "pad": 0.4, "shade": "#fff", "size": 12, "row": 2.4}
        title = r.choice(["ＦＡＸ送信のご案内", "送　付　状", "FAX送付状", "FAX送信票", "書類送付のご案内"])
        to = r.choice(["{{=hospital}}　{{=office}}　御中", "{{=hospital}} {{=office}} ご担当者 様"])
        frm = ["{{?sender_institution_name|wide}}", "TEL {{?sender_phone}}", "FAX {{?sender_fax}}", "担当 {{=clerk}}"]
        sheets = r.choice(["送信枚数　{{=sheets}} 枚（本紙含む）", "枚数：本状を含めて{{=sheets}}枚"])
        body = r.choice(["いつもお世話になっております。\n下記の書類を送付いたしますので、ご査収ください。", "平素は格別のご高配を賜り厚く御礼申し上げます。\n書類をお送りします。よろしくお願いいたします。"]).replace("\n", "<br>")
        warn = "<div class=small style='margin-top:3em'>※誤って受信された場合は、お手数ですが上記までご連絡のうえ破棄してください。</div>"
        if r.random() < 0.5:
            inner = f"<div class=hd style='text-align:center;border:.6mm solid #000'>{title}</div><br><table><tr><th>宛先</th><td>{to}<br>FAX " + "{{=hospital_fax}}" + f"</td></tr><tr><th>発信元</th><td>{'<br>'.join(frm)}</td></tr><tr><th>日付</th><td>" + "{{?document_date|wareki}}" + f"</td></tr><tr><th>件名</th><td>" + "{{=subject}}" + f"</td></tr><tr><th>枚数</th><td>{sheets}</td></tr></table><br><div>{body}</div>{warn}"
        else:
            inner = "<div class=right>{{?document_date|seireki}}</div>" + f"<div class=big>{to}</div><div style='margin-left:55%'>{'<br>'.join(frm)}</div><br><div class=hd style='text-align:center'>{title}</div><br><div>{body}</div><br><div style='text-align:center'>記</div><br>・" + "{{=subject}}" + f"<br>・{sheets}<br>{warn}<div class=right>以上</div>"
        return f"<style>{CSS % style}</style><section>{inner}</section>"
