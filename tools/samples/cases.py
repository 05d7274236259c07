"""The sample documents: who wrote what, on which form, and how it reached the hospital.

To add one, write another `sheet(...)` on a form of forms/ and a `Case(...)` that sends it.
"""
from dataclasses import dataclass, field

from people import HOSPITAL, STAFF
from render import age


@dataclass
class Sheet:
    """A form filled in: one document, or a cover sheet in front of the next one."""
    form: str
    values: dict
    matches: dict
    font: str = ""
    notes: list = field(default_factory=list)


@dataclass
class Case:
    """One file. `sheets` are printed one after another; "blank" stands for an empty page."""
    name: str
    sheets: list
    way: str = "fax"                 # fax | scan-pdf | print-pdf | jpeg | png | mail | encrypted-pdf | truncated-tiff
    resolution: str = "fine"
    coding: str = "g4"
    fill_order: int = 1
    skew: float = 0.0
    dirt: int = 110
    darkness: int = 0
    streak: bool = False
    tti: str = "long"                # "", "long", "short", "kana"
    turned: dict = field(default_factory=dict)   # page -> clockwise degrees the content is turned by
    mail: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    grade: str = ""                  # what the truth calls the state of the pages, where it is not the resolution
    dpi: int = 200                   # of a scan
    turn_all: int = 0
    salt: str = ""


def cases(town):
    """Every sample, in the order of their file names."""
    hospital = {
        "hospital": HOSPITAL["name"], "office": HOSPITAL["office"], "hospital_fax": HOSPITAL["fax"], "hospital_phone": HOSPITAL["phone2"], "director": HOSPITAL["director"].replace(" ", "　"),
    }

    def sheet(form, patient=None, sender=None, n=0, to=None, date=None, font="", notes=(), **more):
        v = dict(hospital)
        matches = {"patient": [], "institution": [], "doctor": []}
        if date:
            v["document_date"] = date
        if sender:
            i = sender if isinstance(sender, dict) else town.institution(sender)
            v |= {"sender_institution_name": i["name"], "sender_postal_code": i["postal_code"], "sender_address": i["address"], "sender_phone": i["phone"], "sender_fax": i["fax"], "sender_institution_code": i["institution_code"]}
            matches["institution"] = [{"id": i["institution_id"]}] if i.get("institution_id") else []
            if n is not None:
                d = town.doctor_of(i, n)
                v |= {"sender_doctor_name": d["name"], "sender_department": d["department"], "doctor_name": d["name"], "doctor_kana": d["kana"], "specialty": d["department"]}
                matches["doctor"] = [{"id": d["doctor_id"]}]
        if patient:
            p = patient if isinstance(patient, dict) else town.cast[patient]
            v |= {"patient_name": p["name"], "patient_kana": p["kana"], "patient_sex": p["sex"], "patient_birth_date": p["birth_date"], "patient_postal_code": p["postal_code"], "patient_address": p["address"], "patient_phone": p["phone"]}
            if p.get("patient_id"):
                matches["patient"] = [{"id": p["patient_id"]}]
            if date:
                v["age"] = str(age(p["birth_date"], date))
        if to:
            v |= {"recipient_department": to, "recipient_doctor_name": STAFF.get(to, "")}
        v |= more
        return Sheet(form, v, matches, font, list(notes))

    def cover(form, of, sheets, subject, clerk="事務 小松"):
        v = dict(of.values) | {"sheets": str(sheets), "subject": subject, "clerk": clerk}
        return Sheet(form, v, {})

    pid = lambda key: town.cast[key]["patient_id"]
    stranger = {"name": "鷹取 美知代", "kana": "タカトリ ミチヨ", "sex": "female", "birth_date": "1954-02-11", "postal_code": "399-9817", "address": "長野県上鷹野市城下1丁目4番9号", "phone": "0268-01-0077"}
    out = []
    add = lambda *a, **k: out.append(Case(*a, **k))

    # ---------------------------------------------------------------- faxes
    add("fax0101.tif", [sheet("referral_official", "plain_1", "柳原内科医院", to="消化器内科", date="2026-11-02", job="無職",
        diagnosis="胃角部潰瘍の疑い、鉄欠乏性貧血", purpose="上部消化管内視鏡による精査のお願い",
        history="高血圧症（60歳より）、虫垂切除（22歳）\n母　胃癌", course="10月中旬より空腹時の心窩部痛があり、10月28日に当院を受診されました。\n血液検査でHb 9.8 g/dLと貧血を認め、便潜血は陽性でした。\n腹部超音波では肝・胆・膵に明らかな異常を認めません。\n黒色便はありませんが、貧血の進行が心配され、ご高診をお願いする次第です。",
        prescription="アムロジピン錠5mg　1錠　分1朝食後\nランソプラゾールOD錠15mg　1錠　分1夕食後", remarks="付き添いは長女様です。薬剤アレルギーはありません。")])
    add("fax0102.tif", [sheet("referral_letter", "plain_2", "清水町内科循環器科", to="循環器内科", date="2026-11-04",
        diagnosis="労作性狭心症の疑い、2型糖尿病", purpose="冠動脈の評価と治療方針のご検討",
        course="9月頃より坂道で胸が締め付けられる感じがあり、安静で数分のうちに治まります。負荷心電図でV4からV6にST低下を認めました。HbA1cは7.4%です。", prescription="メトホルミン塩酸塩錠250mg　2錠　分2朝夕食後\nニトログリセリン舌下錠0.3mg　頓用")],
        resolution="standard", coding="g3-1d", skew=0.4, tti="short")
    first = sheet("referral_wide", "itaiji", "桜台眼科", to="眼科", date="2026-11-05", patient_id=pid("itaiji"), notes=["itaiji", "cover"],
        diagnosis="右眼　黄斑円孔", purpose="硝子体手術の適応についてご判断をお願いいたします。",
        course="9月末より右眼の中心が見えにくいとの訴えで受診されました。矯正視力は右0.2、左1.2。OCTで右黄斑部に全層円孔を認めます。左眼に異常はありません。眼圧は右14、左15mmHgです。", history="緑内障の家族歴なし\n左乳房温存手術（2018年）", prescription="点眼薬　なし", remarks="車の運転はされません。平日の受診を希望されています。")
    add("fax0103.tif", [cover("cover_simple", first, 2, "紹介状の送付について"), first], coding="g3-2d", skew=-0.5)
    add("fax0104.tif", [sheet("referral_emr", "plain_3", "北嶺病院", 6, to="呼吸器内科", date="2026-10-30", chart="204117", lab_date="2026-10-27",
        diagnosis="#1 右下葉肺炎\n#2 気管支喘息", purpose="入院加療をお願いいたします。", history="小児期より気管支喘息。喫煙歴なし。\n父：慢性閉塞性肺疾患",
        course="10月24日より38度台の発熱と湿性咳嗽があり、10月27日に当院を受診されました。\n胸部X線で右下肺野に浸潤影を認め、抗菌薬の内服を開始しましたが、解熱が得られません。\n本日のSpO2は室内気で93%です。", prescription="レボフロキサシン錠500mg　1錠　分1　朝食後\nブデソニド・ホルモテロール吸入　1回2吸入　1日2回\nカルボシステイン錠500mg　3錠　分3　毎食後", remarks="ペニシリン系抗菌薬で発疹の既往があります。")],
        fill_order=2, tti="kana")
    add("fax0105.tif", [sheet("appointment_ring", "plain_6", "東雲整形外科医院", to="整形外科", date="2026-11-05", visited_before="yes", patient_id=pid("plain_6"), wish_doctor="牛山医師",
        insurer_number="39209901", insured_symbol="霧沢", insured_number="0027714", desired_dates=["2026-11-16", "2026-11-18", "2026-11-24"], diagnosis="左変形性股関節症", purpose="人工股関節置換術の適応についてご相談をお願いいたします。\n歩行時の痛みが強く、杖を使用されています。")], coding="g4")
    add("fax0106.tif", [sheet("appointment_check", "plain_5", "さざんか泌尿器科クリニック", to="泌尿器科", date="2026-11-06", visited_before="no", desired_dates=["2026-11-17", "2026-11-19"],
        diagnosis="前立腺癌の疑い（PSA 11.2）", purpose="前立腺生検をご検討ください。抗凝固薬は内服していません。")], resolution="standard", coding="g3-1d", skew=0.7, streak=True, tti="short")
    add("fax0107.tif", [sheet("exam_mri", "plain_7", "緑ケ丘脳神経クリニック", date="2026-11-04", weight="58", modality="MRI", body_part="頭部（脳血管を含む）", contrast="no", pacemaker="no", metal="no", closed="no", pregnant="no",
        desired_dates=["2026-11-12", "2026-11-13"], diagnosis="一過性脳虚血発作の疑い", purpose="11月2日に10分ほどの右手の脱力があり、現在は回復しています。\n新しい梗塞と主幹動脈の狭窄の有無をご確認ください。")], coding="g3-2d", fill_order=2)
    add("fax0108.tif", [sheet("reply_visit", "plain_8", "上鷹野総合病院", 3, to="整形外科", date="2026-11-09", visit_date="2026-11-06",
        diagnosis="右膝前十字靱帯損傷", course="MRIで右膝前十字靱帯の断裂と内側半月板の損傷を認めました。\nご本人と相談し、12月8日に靱帯再建術を予定しております。\n手術までの間、可動域訓練を貴院で継続していただけますと幸いです。")], coding="g4", tti="kana")
    add("fax0109.tif", [sheet("reply_letter", "plain_9", "信濃みなみ医科大学附属病院", 0, to="血液内科", date="2026-11-10", visit_date="2026-10-29",
        diagnosis="真性多血症", course="骨髄検査の結果、JAK2遺伝子変異が陽性で、真性多血症と診断いたしました。\n瀉血を2回行い、ヘマトクリットは44%まで低下しております。\n10月31日よりアスピリン100mgを開始しました。今後は月に1回の血算の確認をお願いいたします。")], resolution="standard", coding="g3-2d", skew=-0.6, dirt=220)
    add("fax0110.tif", [sheet("discharge_summary", "plain_11", "上鷹野中央病院", 0, to="消化器内科", date="2026-11-11", admission_date="2026-10-19", discharge_date="2026-11-07", font="VL PGothic",
        diagnosis="急性胆管炎、総胆管結石症", course="10月19日に発熱と黄疸で救急受診され、同日入院となりました。CTで総胆管に8mmの結石を認め、内視鏡的に胆管ドレナージを行いました。\n抗菌薬の投与により速やかに解熱し、10月28日に内視鏡的截石術を施行しました。\n術後の経過は良好で、食事の再開後も発熱や腹痛はなく、11月7日に退院となりました。\n胆嚢にも結石が残っており、待機的な胆嚢摘出術をご検討ください。", prescription="ウルソデオキシコール酸錠100mg　3錠　分3毎食後\nラベプラゾールナトリウム錠10mg　1錠　分1朝食後"), ], coding="g4", notes=["two-pages"])
    add("fax0111.tif", [sheet("nursing_summary", "plain_10", "鏡原リハビリテーション病院", None, date="2026-11-06", sender_doctor_name="宮島 千晶", care_level="要介護3",
        diagnosis="左大腿骨頸部骨折術後、アルツハイマー型認知症", care="なし", keyperson="長男様（同居）",
        remarks="歩行器で病棟内を見守りで歩行されています。\n夜間に一人で起き上がることがあり、離床センサーを使用しました。\n水分でむせることがあるため、薄いとろみを付けています。\n排泄は日中トイレ、夜間はパッドです。")], coding="g3-1d", dirt=160)
    add("fax0112.tif", [sheet("admission_info", "plain_4", "ケアプランセンター若宮", None, date="2026-11-09", sender_doctor_name="金井 佐和子", care_level="要介護2",
        diagnosis="心不全、変形性膝関節症", remarks="一人暮らしで、市内の次女様が週に2回訪問されています。\n訪問介護を週3回、通所介護を週2回利用中です。\n薬は一包化し、カレンダーで管理しています。\n退院後は手すりの追加を検討しています。")], turned={1: 180}, notes=["upside-down"])
    days = "".join(f"<td>{'◎' if d == 12 else '○' if d % 7 in (2, 5) else ''}<br>{d}</td>" + ("</tr><tr>" if d == 16 else "") for d in range(1, 32))
    add("fax0113.tif", [sheet("home_nursing", "plain_13", "訪問看護ステーション やまなみ", None, to="脳神経内科", date="2026-11-02", sender_doctor_name="小平 久美", care_level="要介護4", calendar=f"<tr>{days}</tr>",
        diagnosis="パーキンソン病", progress="動作の緩慢さは先月と変わりありません。体重は51kgで維持されています。", nursing="全身状態の観察、服薬の確認、関節可動域訓練、排便の援助を行いました。", home="奥様が主に介護されています。腰痛があり、負担が増えています。",
        remarks="10月12日に転倒があり、緊急で訪問しました。外傷はありません。\n便秘が続いており、下剤の調整をご検討ください。")], coding="g4")
    add("fax0114.tif", [sheet("tracing", "plain_12", "つばめ薬局 若宮店", None, to="糖尿病内科", date="2026-11-07", patient_id=pid("plain_12"), pharmacy_name="つばめ薬局 若宮店", sender_doctor_name="滝川 秀",
        rx_date="2026-11-02", remarks="新しい糖尿病薬の開始後、朝に軽い吐き気が続いているそうです。\n食事量は普段の7割ほどで、飲み忘れはありません。\n低血糖を思わせる症状はみられませんでした。\n次回の診察で、用量の見直しをご検討いただけますでしょうか。")], resolution="standard", coding="g3-2d", tti="kana")
    rows = [("WBC", "5,900", "", "/μL", "3,300-8,600"), ("RBC", "398", "L", "×10⁴/μL", "435-555"), ("Hb", "11.6", "L", "g/dL", "13.7-16.8"), ("PLT", "24.1", "", "×10⁴/μL", "15.8-34.8"), ("AST", "22", "", "U/L", "13-30"), ("ALT", "18", "", "U/L", "10-42"),
            ("BUN", "27.4", "H", "mg/dL", "8.0-20.0"), ("Cre", "1.48", "H", "mg/dL", "0.65-1.07"), ("eGFR", "36.2", "L", "mL/分", "60以上"), ("K", "5.1", "H", "mEq/L", "3.6-4.8"), ("HbA1c", "6.9", "H", "%", "4.9-6.0"), ("CRP", "0.21", "H", "mg/dL", "0.00-0.14")]
    table = "".join("<tr>" + f"<td>{a}</td><td class=right>{b}</td><td class=center>{c}</td><td>{d}</td><td>{e}</td></tr>" for a, b, c, d, e in rows)
    add("fax0115.tif", [sheet("lab_report", "plain_2", "しらかば内科クリニック", 1, to="循環器内科", date="2026-11-06", collected_date="2026-11-04", patient_id=pid("plain_2"), rows=table, sender_line="担当　検査室",
        remarks="カリウムがやや高値です。再検をお勧めします。")], coding="g3-1d", fill_order=2)
    moving = sheet("transfer", "plain_14", "北嶺病院", 0, date="2026-11-10", care_level="要介護1", keyperson="長女様（市内在住）", notes=["cover"],
        diagnosis="脳梗塞（左中大脳動脈領域）、嚥下障害", remarks="10月8日に発症し、急性期の治療を終えました。\n右上下肢に麻痺が残り、車いすで生活されています。\n日に3回ほどの吸引が必要です。\n自宅への退院を目標に、リハビリの継続をお願いいたします。")
    add("fax0116.tif", [cover("cover_boxed", moving, 2, "転院のご相談", clerk="医療相談室 小松"), moving], coding="g4", skew=0.3)
    add("fax0117.tif", [sheet("doctor_new", None, "村立柏木診療所", date="2026-11-02", registration_action="new", notes=["doctor-form"])], coding="g4")
    add("fax0118.tif", [sheet("doctor_change", None, "旭町糖尿病内科", date="2026-11-09", registration_action="withdraw", reason="院長の高齢による閉院のため（令和8年12月末日）")], resolution="standard", coding="g3-1d", tti="short")
    add("fax0119.tif", [sheet("facility", None, "あさぎり在宅クリニック", date="2026-11-04", desired_dates=["2026-12-03"], hours="午後7時から午後8時30分まで", facility="中会議室", people="12", purpose="在宅医療に関わる多職種の事例検討会")], coding="g3-2d", skew=-0.3)
    add("fax0120.tif", [sheet("event_entry", None, "本郷外科胃腸科", date="2026-11-09", event_name="第18回 霧沢地域連携症例検討会", event_date="2026-11-26", hours="19:00～20:30", participants="3", people="医師1名、看護師2名", deadline="2026-11-19")], resolution="standard", coding="g4", tti="short")
    add("fax0121.tif", [sheet("notice", None, "いずみ内科クリニック", date="2026-11-05", body="臨時休診日　令和8年11月24日（火）から11月28日（土）まで\n理由　院内改修工事のため\n診療再開　令和8年11月30日（月）午前9時")], coding="g3-1d")
    add("fax0122.tif", [sheet("advertisement", None, {"name": "株式会社ネクステージ事務機", "postal_code": "199-9902", "address": "東京都西桐区", "phone": "0120-000-045", "fax": "03-0014-7700", "institution_code": ""}, None, date="2026-11-10")], resolution="standard", coding="g3-1d", dirt=260, tti="short")
    add("fax0123.tif", [sheet("memo", date="2026-11-10")], coding="g4", tti="")
    add("fax0124.tif", [sheet("appointment_check", "same_a", "上鷹野呼吸器クリニック", to="呼吸器内科", date="2026-11-11", visited_before="yes", patient_id=pid("same_a"), desired_dates=["2026-11-20", "2026-11-25"], font="Noto Sans CJK JP", notes=["same-name"],
            diagnosis="右上葉の結節影", purpose="健診の胸部CTで12mmの結節を指摘されました。精査をお願いいたします。"),
        sheet("referral_official", "same_a", "上鷹野呼吸器クリニック", to="呼吸器内科", date="2026-11-11", job="自営業", notes=["same-name"], font="Noto Serif CJK JP",
            diagnosis="右上葉結節影（原発性肺癌の疑い）", purpose="診断と治療のお願い", history="脂質異常症\n喫煙　20本を35年、5年前に禁煙", course="令和8年10月の健診で胸部異常陰影を指摘され、当院を受診されました。\nCTで右S2に12mmの充実性結節を認め、胸膜の陥入を伴います。\nCEAは4.1 ng/mLで基準内でした。自覚症状はありません。", prescription="ロスバスタチン錠2.5mg　1錠　分1夕食後", remarks="CT画像のCD-Rを患者様に持参していただきます。")],
        coding="g4", notes=["two-documents"])
    add("fax0125.tif", [sheet("reply_visit", "twin_a", "城下こどもクリニック", to="小児科", date="2026-11-06", visit_date="2026-11-05", font="IPAMincho", notes=["twin"], diagnosis="食物アレルギー（鶏卵）", course="負荷試験の結果をご報告いただいた内容にもとづき、少量からの摂取を続けております。\n摂取後の症状はなく、順調に増量できています。"),
        sheet("reply_visit", "plain_5", "城下こどもクリニック", to="泌尿器科", date="2026-11-06", visit_date="2026-11-04", font="IPAMincho", diagnosis="急性上気道炎", course="発熱のため受診されました。対症療法で改善し、11月6日に解熱を確認しております。")],
        coding="g3-2d", notes=["two-documents", "two-patients"])
    add("fax0126.tif", [sheet("referral_emr", "sound_b", "いずみ内科", to="消化器内科", date="2026-11-12", chart="7781", lab_date="2026-11-10", font="IPAGothic", notes=["same-sound", "same-institution-name"],
        diagnosis="大腸ポリープ（横行結腸）", purpose="内視鏡的切除をお願いいたします。", history="痛風。アレルギーなし。", course="便潜血が2回とも陽性で、11月10日に大腸内視鏡を行いました。\n横行結腸に15mmの有茎性ポリープを認め、切除をお願いしたく存じます。\n抗血栓薬は内服していません。", prescription="フェブキソスタット錠20mg　1錠　分1　朝食後", remarks="入院での切除を希望されています。"), "blank",
        sheet("lab_report", "sound_b", "いずみ内科", to="消化器内科", date="2026-11-12", collected_date="2026-11-10", patient_id=pid("sound_b"), rows=table, sender_line="", font="IPAGothic", notes=["same-sound", "same-institution-name"], remarks="紹介状に添えてお送りします。")],
        coding="g4", notes=["blank-page", "two-documents"])
    add("fax0127.tif", [sheet("exam_ct", "twin_c", "柳原内科消化器科", date="2026-11-11", modality="CT", body_part="腹部から骨盤部", contrast="yes", cre="0.58", egfr="96.4", lab_date="2026-11-09", desired_dates=["2026-11-18", "2026-11-19"], notes=["twin"],
        diagnosis="クローン病の疑い", purpose="3か月前から下痢と腹痛が続き、体重が4kg減少しています。\n小腸と回盲部の壁肥厚、膿瘍の有無をご確認ください。")], coding="g3-1d", skew=0.5)
    add("fax0128.tif", [sheet("discharge_record", "plain_7", "緑風療養病院", None, date="2026-11-12", sender_doctor_name="丸田 仁", care_level="要介護2", diagnosis="誤嚥性肺炎", remarks="自宅に退院し、訪問看護を週1回導入します。\n食事は軟菜とし、食後30分は座位を保ってください。\n次回の受診日は11月26日です。")], resolution="standard", coding="g4", skew=-0.4, dirt=180)
    add("fax0129.tif", [sheet("referral_letter", stranger, "池尻医院", to="皮膚科", date="2026-11-13", font="Noto Serif CJK JP", notes=["patient-new"], diagnosis="顔面の日光角化症の疑い", purpose="生検とご加療をお願いいたします。", course="半年前より右頬に鱗屑を伴う紅斑があり、外用薬で改善しません。", prescription="ヒドロコルチゾン酪酸エステル軟膏　1日2回塗布")], coding="g4")

    add("fax0130.tif", [sheet("letter_vertical", "plain_10", "柳原内科医院", to="循環器内科", date="2026-11-13",
        diagnosis="慢性心房細動", course="この夏頃より階段の上り下りで息切れがあり、両下腿に浮腫を認めます。\n胸部写真で心胸郭比は五十八パーセントでした。")], coding="g4", tti="kana", notes=["vertical"])
    add("fax0131.tif", [sheet("appointment_cells", "plain_4", "桜台眼科", to="眼科", date="2026-11-13", visited_before="no", desired_dates=["2026-11-24", "2026-11-27"],
        diagnosis="両眼　白内障", purpose="見えにくさが進み、新聞が読みづらいとのことです。手術の適応についてご診察をお願いいたします。")], resolution="standard", coding="g3-2d", skew=0.4)
    add("fax0132.tif", [sheet("reply_counted", "plain_3", "上鷹野総合病院", 3, to="整形外科", date="2026-11-13", visit_date="2026-11-11", count="1／2", diagnosis="腰椎椎間板ヘルニア", course="L4/5に突出を認めました。内服とコルセットで経過をみます。"),
        sheet("reply_counted", "plain_6", "上鷹野総合病院", 3, to="整形外科", date="2026-11-13", visit_date="2026-11-12", count="2／2", diagnosis="左変形性膝関節症", course="関節注射を行いました。運動療法の継続をお願いいたします。")], coding="g4", notes=["two-documents", "two-patients"])

    # ---------------------------------------------------------------- scans, pictures, files
    add("scan0201.pdf", [sheet("second_opinion", "plain_8", "ひなた乳腺クリニック", to="乳腺外科", date="2026-11-04", applicant_name="手塚 美咲", relation="本人", disease="右乳癌", purpose="手術の方法について、乳房の温存が可能かどうか専門の先生のご意見を伺いたい。")], way="scan-pdf", skew=0.3)
    add("scan0202.png", [sheet("disclosure", "plain_13", date="2026-11-06", patient_id=pid("plain_13"), applicant_name="滝沢 裕一", relation="長男", applicant_address="長野県霧沢市本郷2-9-3", applicant_phone="090-0131-4420", purpose="介護保険の手続きと、今後の療養先を検討するため")], way="png")
    add("scan0203.jpg", [sheet("event_slip", None, "大手町デンタルクリニック", date="2026-11-09", event_name="霧沢市民総合病院 登録医懇談会", event_date="2026-12-10", hours="19時より", participants="2", invited_on="2026-10-20", deadline="2026-11-27", attend="yes")], way="jpeg", skew=1.2)
    members = [("あさぎり在宅クリニック", 31, 35, 38), ("村立柏木診療所", 12, 14, 13), ("鏡原診療所", 9, 12, 15)]
    rows = "".join(f"<tr><td>{n}</td><td class=n>{a}</td><td class=n>{b}</td><td class=n>{c}</td></tr>" for n, a, b, c in members)
    add("scan0204.pdf", [sheet("activity", None, "あさぎり在宅クリニック", date="2026-11-10", desk="あさぎり在宅クリニック", a0="4", a1="8", referrals_out="9", b0="3", b1="6", emergency_admissions="7", c0="2", c1="5", referrals_back="6", rows=rows, h0="52", h1="61", home_patients="66")], way="print-pdf")
    add("scan0205.pdf", [sheet("referral_letter", "foreign", "大手町レディースクリニック", to="外科", date="2026-11-12", font="IPAPGothic", notes=["foreign-name"], diagnosis="鼠径ヘルニア（左）", purpose="手術のご検討をお願いいたします。", course="立位で左鼠径部の膨隆があり、臥位で還納します。日常会話の日本語は可能です。", prescription="なし")], way="print-pdf")
    add("scan0206.pdf", [sheet("discharge_summary", "sound_a", "信濃みなみ医科大学附属病院", 10, to="泌尿器科", date="2026-11-13", admission_date="2026-11-01", discharge_date="2026-11-10", font="IPAPGothic", diagnosis="膀胱癌", course="血尿の精査で膀胱に2cmの乳頭状腫瘍を認め、11月4日に経尿道的切除術を行いました。\n病理は非浸潤性の尿路上皮癌で、切除断端は陰性でした。\n術後の出血はなく、カテーテルを抜いて退院となりました。", prescription="レボフロキサシン錠500mg　1錠　分1　3日分")], way="scan-pdf", skew=-0.6, turned={2: 90}, notes=["turned-side"])

    # ---------------------------------------------------------------- mails
    add("mail0301.eml", [sheet("home_nursing", "plain_11", "上鷹野訪問看護ステーション", None, to="消化器内科", date="2026-11-04", sender_doctor_name="北村 しのぶ", care_level="要介護1", calendar=f"<tr>{days}</tr>", font="Noto Sans CJK JP",
        diagnosis="慢性心不全", progress="浮腫は軽減し、体重は先月より1kg減少しました。", nursing="バイタルサインの測定、内服の確認、下肢の観察を行いました。", home="長男様ご夫婦と同居され、協力が得られています。", remarks="塩分の多い食事が続いており、栄養の指導を行いました。")],
        way="mail", mail={"inner": "print-pdf", "charset": "iso-2022-jp", "from": ("上鷹野訪問看護ステーション", "report@kamitakano-nurse.example.jp"), "subject": "訪問看護報告書（10月分）の送付", "body": "いつもお世話になっております。\n10月分の訪問看護報告書をお送りします。\nご確認をお願いいたします。\n", "attachment": "訪問看護報告書10月分.pdf"})
    add("mail0302.eml", [sheet("doctor_change", None, "本町整形外科", date="2026-11-11", registration_action="change", reason="診療所の移転にともない、電話番号とFAX番号を変更しました。", font="IPAGothic")],
        way="mail", mail={"inner": "fax", "charset": "utf-8", "from": ("本町整形外科", "honmachi@seikei.example.jp"), "subject": "登録医の変更届", "body": "登録医の変更届を添付します。よろしくお願いいたします。\n", "attachment": "変更届.tif"}, tti="")

    # ---------------------------------------------------------------- what cannot be read
    add("scan0401.pdf", [sheet("referral_letter", "plain_9", "泉台ファミリークリニック", to="循環器内科", date="2026-11-09", diagnosis="心房細動", purpose="ご高診のお願い", course="動悸があります。", prescription="なし")], way="encrypted-pdf", notes=["encrypted"])
    add("fax0402.tif", [sheet("reply_letter", "plain_14", "上鷹野中央病院", 1, to="外科", date="2026-11-10", visit_date="2026-11-02", diagnosis="鼠径ヘルニア", course="手術の日程を調整しております。")], way="truncated-tiff", notes=["truncated"])
    return out
