"""What stands on the lines of a referral fax: invented text, from word lists and a dictionary.

Names, places and words come from the files of the Debian package mecab-ipadic, names by their
frequency there. Nothing comes from a real document.
"""

import csv
import math
import pathlib

import charset

DICTIONARY = pathlib.Path("/usr/share/mecab/dic/ipadic")

LABELS = """氏名 お名前 患者氏名 患者様氏名 フリガナ ふりがな カナ氏名 生年月日 年齢 性別 住所 現住所 電話番号 電話 携帯 自宅 連絡先 緊急連絡先 FAX FAX番号 TEL 患者ID ID
診察券番号 カルテ番号 保険者番号 被保険者番号 記号・番号 枝番 公費負担者番号 受給者番号 負担割合 医療機関名 医療機関コード 紹介元医療機関 紹介先医療機関等名 所在地 医師名 医師氏名 主治医
担当医 開設者 管理者 診療科 希望診療科 希望医師 希望日 第1希望 第2希望 第3希望 希望なし 至急 紹介目的 傷病名 主病名 副病名 既往歴 家族歴 既往歴及び家族歴 症状経過及び検査結果 治療経過
現在の処方 備考 職業 診断名 発症日 経過 今後の予定 次回受診日 受診日 来院日 入院日 退院日 退院先 転帰 入院経過 手術・処置 退院時処方 検査日 検査項目 検査目的 検査種別 撮影部位 単純・造影
造影剤アレルギー 腎機能 体重 身長 血圧 脈拍 体温 感染症 アレルギー 妊娠 ペースメーカー 体内金属 閉所恐怖症 喘息 基準値 結果 単位 判定 所見 読影所見 予約日時 予約番号 受付場所 持参物
変更前 変更後 送信枚数 件名 宛先 発信元 返信先 送信日 日付 記入日 作成日 報告日 処方箋発行日 調剤日 保険薬局名 担当薬剤師 残薬 提案 返信欄 同意 訪問看護指示期間 指示期間 留意事項及び指示事項
要介護認定 日常生活自立度 認知症自立度 介護支援専門員 事業所名 居宅介護支援事業所 キーパーソン 続柄 本人 家族 食事 排泄 入浴 移動 ADL 特記事項 病状・治療状態 装着・使用医療機器 褥瘡の深さ
参加者 参加申込書 職種 所属 人数 出席 欠席 申込日 申請日 提出期限 変更事項 理由 代表者 登録医 院長 事務局 担当 担当者 課長 室長 受付 外来 入院 通院 午前 午後 内服 頓用 外用 注射 毎食後""".split()

TITLES = """診療情報提供書 紹介状 患者紹介状 診療予約申込書 FAX診療予約申込書 紹介患者予約申込書 検査予約申込書 検査依頼書 共同利用申込書 画像診断依頼書 来院報告書 受診報告書 返書 経過報告書 診療経過報告書
退院時サマリー 看護サマリー 退院・退所情報記録書 入院時情報提供書 訪問看護指示書 訪問看護報告書 主治医意見書 服薬情報提供書 トレーシングレポート 疑義照会 転院相談票 検査結果報告書 読影レポート 精密検査依頼書
登録医申請書 登録内容変更届 施設利用申込書 休診のお知らせ 診療情報開示請求書 送付状 FAX送信票 送付のご案内 予約票 予約変更依頼書 照会書 連絡票""".split()

DEPARTMENTS = """内科 外科 整形外科 脳神経外科 脳神経内科 循環器内科 消化器内科 呼吸器内科 糖尿病・内分泌内科 腎臓内科 血液内科 小児科 産婦人科 眼科 耳鼻咽喉科 皮膚科 泌尿器科 形成外科 放射線科 麻酔科
精神科 心療内科 歯科口腔外科 リハビリテーション科 救急科 総合診療科 乳腺外科 緩和ケア内科 リウマチ科 心臓血管外科""".split()

OFFICES = """地域連携室 地域医療連携室 医療連携課 患者支援センター 入退院支援センター 医事課 薬剤部 訪問看護ステーション 居宅介護支援事業所 地域包括支援センター 保健所 福祉事務所 介護老人保健施設""".split()

DISEASES = """高血圧症 2型糖尿病 脂質異常症 慢性心不全 心房細動 狭心症 陳旧性心筋梗塞 脳梗塞 脳出血 くも膜下出血 慢性腎臓病 気管支喘息 COPD 肺炎 誤嚥性肺炎 間質性肺炎 肺癌 胃癌 大腸癌 乳癌 前立腺癌 膵癌 肝細胞癌
胃潰瘍 逆流性食道炎 潰瘍性大腸炎 胆石症 急性胆嚢炎 肝硬変 C型慢性肝炎 脂肪肝 大腿骨頚部骨折 腰部脊柱管狭窄症 腰椎圧迫骨折 変形性膝関節症 肩腱板断裂 関節リウマチ 骨粗鬆症 アルツハイマー型認知症 パーキンソン病
うつ病 不眠症 てんかん 片頭痛 甲状腺機能低下症 バセドウ病 鉄欠乏性貧血 帯状疱疹 アトピー性皮膚炎 蕁麻疹 白内障 緑内障 突発性難聴 アレルギー性鼻炎 睡眠時無呼吸症候群 前立腺肥大症 過活動膀胱 尿路結石症
子宮筋腫 痛風 蜂窩織炎 下肢静脈瘤 深部静脈血栓症 肺塞栓症 大動脈弁狭窄症 僧帽弁閉鎖不全症 洞不全症候群 糖尿病網膜症 糖尿病性腎症 褥瘡 肺気腫 気胸 鼠径ヘルニア 虫垂炎 憩室炎 胸水 腹痛 発熱 めまい 頭痛 腰痛 咳嗽""".split()

DRUGS = """アムロジピン オルメサルタン テルミサルタン カンデサルタン バルサルタン ニフェジピン カルベジロール ビソプロロール フロセミド スピロノラクトン ワルファリン アピキサバン エドキサバン リバーロキサバン アスピリン
クロピドグレル プラスグレル ロスバスタチン アトルバスタチン ピタバスタチン エゼチミブ メトホルミン シタグリプチン リナグリプチン ダパグリフロジン エンパグリフロジン グリメピリド インスリン ランソプラゾール エソメプラゾール
ボノプラザン ラベプラゾール レバミピド ファモチジン 酸化マグネシウム センノシド プレドニゾロン メトトレキサート ロキソプロフェン アセトアミノフェン セレコキシブ プレガバリン ミロガバリン トラマドール ドネペジル メマンチン
レボドパ クエチアピン リスペリドン エスシタロプラム デュロキセチン ゾルピデム スボレキサント レンボレキサント ブロチゾラム エチゾラム モンテルカスト ツロブテロール カルボシステイン アンブロキソール レボフロキサシン
クラリスロマイシン アモキシシリン セファレキシン バラシクロビル アロプリノール フェブキソスタット エルデカルシトール アレンドロン酸 レボチロキシン タムスロシン シロドシン ミラベグロン 葛根湯 芍薬甘草湯 牛車腎気丸 六君子湯""".split()

CLAUSES = """平素より大変お世話になっております。 いつも大変お世話になっております。 この度はご紹介いただき誠にありがとうございました。 ご高診のほどよろしくお願い申し上げます。 ご精査ご加療のほどお願いいたします。 引き続きご加療をお願いいたします。
下記の患者様をご紹介申し上げます。 御多忙中恐れ入りますが、 何卒よろしくお願い申し上げます。 ご報告申し上げます。 貴院での精査を希望されております。 心電図上、明らかな虚血性変化は認めません。 胸部X線写真で右下肺野に浸潤影を認めます。
血圧は良好にコントロールされています。 内服薬にて経過をみております。 昨日より38度台の発熱があり、 食欲低下、全身倦怠感が続いております。 造影CTにて精査を行いました。 術後の経過は良好で、 紹介状をお持ちの上ご来院ください。
当院では対応が困難なため、 症状の増悪時には再診をお願いします。 両側の下腿に浮腫を認めます。 上部消化管内視鏡検査を施行したところ、 病理検査の結果は良性でした。 今後は外来にて経過観察の予定です。 アレルギー歴はありません。
喫煙歴：20本/日×30年、 飲酒は機会飲酒程度です。 MRI検査では腰椎L4/5に狭窄を認め、 歩行時の痛みが増悪したため、 ご家族には病状を説明済みです。 本日の採血でCRPの上昇を認めました。 ワーファリン内服中のためご留意ください。
患者様ご本人のご希望により、 次回は3か月後に受診予定です。 インスリン自己注射を導入しました。 ご不明な点がございましたら下記までご連絡ください。 誤って受信された場合は、お手数ですがご一報ください。 本状を含め3枚送信いたします。
日程調整のうえご返信ください。 該当する項目に○を付けてください。 太枠の中をご記入ください。 必要がある場合は続紙に記載して添付してください。 毎週木曜日と第2・第4土曜日は休診です。 画像はCD-Rにて同封いたします。
残薬が14日分あり、服薬状況を確認しました。 副作用の有無についてご確認をお願いします。 転倒後より右股関節痛が出現し、 夜間の頻尿を訴えておられます。 デイサービスを週2回利用中です。 嚥下機能の低下がみられ、 リハビリ継続を希望されています。""".split()

LATIN = """CT MRI MRCP PET-CT EGD CF US UCG ECG EEG SpO2 BMI ADL FIM HDS-R MMSE NYHA CKD COPD DM HT HL AF OMI PCI CABG TIA SAS GERD IBS UC HCC HBV HCV HIV MRSA ICU PEG HOT NPPV CPAP CD-R DVD DICOM
FAX TEL FROM TO Page P. No. ID Dr. Clinic Hospital Center Medical General Re Subject Date Time OK NG pH pg ng mg mL kg cm mmHg bpm Impression Findings Plain Enhanced T1WI T2WI DWI FLAIR L4/5 Th12 stage grade ver""".split()

LABS = """WBC RBC Hb Ht Plt CRP AST ALT γ-GTP ALP LDH T-Bil TP Alb BUN Cre eGFR UA Na K Cl Ca IP Glu HbA1c T-Cho LDL-C HDL-C TG BNP NT-proBNP CK CK-MB TSH FT3 FT4 PSA CEA CA19-9 AFP PT-INR APTT Dダイマー フェリチン 尿蛋白 尿糖 尿潜血""".split()
UNITS = "/μL ×10^4/μL g/dL % 万/μL mg/dL U/L IU/L mL/min/1.73m2 mEq/L mmol/L ng/mL pg/mL μIU/mL fL ℃ kg cm mmHg 回/分 L/min mg/日 単位".split()


class Words:
    """The dictionary's names, places and common words."""

    def __init__(self, folder=DICTIONARY):
        self.known = set(charset.characters())
        rows = {}
        for name in ("Noun.name", "Noun.place", "Noun", "Noun.verbal", "Verb", "Adj", "Noun.org"):
            with open(folder / f"{name}.csv", encoding="euc_jp") as f:
                rows[name] = [r for r in csv.reader(f) if set(charset.written(r[0])) <= self.known]
        people = rows["Noun.name"]
        self.family = [(r[0], r[11]) for r in people if r[7] == "姓"]
        self.given = [(r[0], r[11]) for r in people if r[7] == "名"]
        weigh = lambda kind: [math.exp(-(int(r[3]) - 4000) / 900) for r in people if r[7] == kind]
        self.family_weight, self.given_weight = weigh("姓"), weigh("名")
        self.places = [r[0] for r in rows["Noun.place"] if r[6] == "地域" and len(r[0]) > 1]
        self.towns = [p for p in self.places if p[-1] in "市町村区"] or self.places
        self.orgs = [r[0] for r in rows["Noun.org"]]
        common = rows["Noun"] + rows["Noun.verbal"]
        self.nouns = [r[0] for r in common]
        self.katakana = [r[0] for r in common if all("ァ" <= c <= "ー" for c in r[0])]
        self.verbs = [r[0] for r in rows["Verb"] + rows["Adj"]]
        chars = charset.characters()
        kanji = [c for c in chars if c >= "一" and not "！" <= c <= "ﾟ" or c in "﨑﨔𠮷﨟"]
        level1 = set(charset.kanji()[:2965])
        self.level1 = [c for c in kanji if c in level1]
        self.level2 = [c for c in kanji if c not in level1]
        self.symbols = [c for c in chars if c in charset.SYMBOLS + charset.MARKS]


def half_kana(text):
    """Full-width kana as a teleprinter's half-width kana."""
    full = "ガギグゲゴザジズゼゾダヂヅデドバビブベボヴパピプペポ"
    base = "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎｳﾊﾋﾌﾍﾎ"
    table = {f: b + ("ﾟ" if f in "パピプペポ" else "ﾞ") for f, b in zip(full, base)}
    plain = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー・。、「」"
    narrow = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰ･｡､｢｣"
    table.update(zip(plain, narrow))
    return "".join(table.get(c, c) for c in text)


def hiragana(text):
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ン" else c for c in text)


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def person(r, w):
    if r.random() < 0.7:
        family = r.choices(w.family, w.family_weight)[0]
        given = r.choices(w.given, w.given_weight)[0]
    else:
        family, given = r.choice(w.family), r.choice(w.given)
    old = {"高": "髙", "崎": "﨑", "浜": "濵", "徳": "德", "瀬": "瀨", "柳": "栁", "吉": "𠮷", "辺": "邉", "斎": "齋", "斉": "齊", "沢": "澤", "国": "國", "桜": "櫻", "真": "眞", "広": "廣", "恵": "惠", "島": "嶋", "塚": "塚"}
    kanji = tuple("".join(old[c] if c in old and r.random() < 0.25 else c for c in part) for part in (family[0], given[0]))
    return kanji, (family[1], given[1])


def digits(r, n):
    return "".join(r.choice("0123456789") for _ in range(n))


def phone(r, w):
    a = r.choice(["0" + digits(r, 1), "0" + digits(r, 2), "0" + digits(r, 3), "090", "080", "0120", "0" + digits(r, 4)])
    b = digits(r, max(1, 6 - len(a)) if a[:2] not in ("09", "08") else 4)
    form = r.choice(["{}-{}-{}"] * 5 + ["({}){}-{}", "{}({}){}", "{} {} {}", "{}{}{}", "{}‐{}‐{}", "{}ー{}ー{}", "{}－{}－{}"])
    text = form.format(a, b, digits(r, 4))
    return r.choice(["", "", "", "TEL ", "TEL:", "TEL(", "FAX ", "FAX:", "FAX番号 ", "電話 ", "電話番号:", "☎", "℡", "(代表)", "FAX宛先:"]) + text


def date(r, w):
    y, m, d = r.randint(1, 64), r.randint(1, 12), r.randint(1, 31)
    year = r.randint(1920, 2030)
    era, letter = r.choice([("昭和", "S"), ("平成", "H"), ("令和", "R"), ("大正", "T"), ("明治", "M")])
    p = (lambda n: f"{n:02}") if r.random() < 0.5 else (lambda n: r.choice(["", " "]) + str(n))
    text = r.choice([
        f"{era}{p(y)}年{p(m)}月{p(d)}日", f"{era} {y} 年 {m} 月 {d} 日", f"{letter}{y}.{m}.{d}", f"{letter}{y}/{m:02}/{d:02}", f"{letter}{y:02}-{m:02}-{d:02}",
        f"{year}年{m}月{d}日", f"{year}/{m:02}/{d:02}", f"{year}-{m:02}-{d:02}", f"{year}.{m}.{d}", f"{m}月{d}日", f"{m}/{d}", f"'{year % 100:02}/{m:02}/{d:02}",
        f"{era[0]}{y}年{m}月{d}日", f"{era}元年{m}月{d}日", f"{year}({era}{y})年{m}月{d}日", "明・大・昭・平・令 {} 年 {} 月 {} 日".format(y, m, d), f"{year}{m:02}{d:02}",
    ])
    tail = r.choice(["", "", "", "", "生", f"生({r.randint(0, 99)}歳)", f"({r.randint(0, 99)}歳)", f" {r.randint(0, 99)}才", "({})".format(r.choice("月火水木金土日")), f" {r.randint(0, 23)}:{r.randint(0, 59):02}", f" {r.randint(8, 17)}時{r.randint(0, 59):02}分", " 午前", "～"])
    return r.choice(["", "", "", "", "生年月日 ", "記入日:", "日付 ", "予約日 "]) + text + tail


def address(r, w):
    place = "".join(r.choice(w.towns if i == 0 else w.places) for i in range(r.randint(1, 2)))
    n = lambda: r.randint(1, 40)
    number = r.choice([f"{n()}-{n()}-{n()}", f"{n()}-{n()}", f"{n()}丁目{n()}番{n()}号", f"{n()}番地{n()}", f"{r.randint(100, 3999)}番地", f"{n()}条{n()}丁目{n()}-{n()}", f"字{r.choice(w.places)}{n()}", "一二三四五六七八九"[r.randint(0, 8)] + f"丁目{n()}-{n()}"])
    house = r.choice(["", "", "", " " + r.choice(w.katakana) + r.choice(["ハイツ", "コーポ", "マンション", "荘", "ビル", ""]) + r.choice([f"{r.randint(101, 909)}", f"{n()}号室", "", f"{r.randint(2, 9)}F"])])
    return r.choice(["", "", f"〒{digits(r, 3)}-{digits(r, 4)} ", "住所 "]) + place + number + house


def name(r, w):
    (a, b), kana = person(r, w)
    k = r.random()
    if k < 0.5:
        return r.choice(["", "", "", "氏名 ", "医師 ", "医師名 ", "担当 ", "患者氏名:"]) + a + r.choice(["", " ", "　", "　　"]) + b + r.choice(["", "", "", " 様", "様", "殿", "先生", " 印", "㊞", " 先生 御机下", "氏", "(男)", "(女)"])
    sep = r.choice([" ", "　", "", "・"])
    text = sep.join(kana)
    if k < 0.7:
        return text
    return half_kana(text) if k < 0.88 else hiragana(text)


def institution(r, w):
    root = r.choice([r.choice(w.family)[0], r.choice(w.places), r.choice(w.katakana), hiragana(r.choice(w.family)[1])])
    kind = r.choice("医院 クリニック 内科医院 整形外科 病院 総合病院 内科クリニック 歯科医院 診療所 薬局 眼科 耳鼻咽喉科 小児科 訪問看護ステーション ケアプランセンター 中央病院 記念病院 調剤薬局 皮フ科 こどもクリニック".split())
    text = r.choice(["", "", "", "医療法人社団", "医療法人", "社会福祉法人 ", "㈱", "㈲", "株式会社 ", r.choice(w.towns) + "立"]) + root + kind
    text += r.choice(["", "", "", " " + r.choice(DEPARTMENTS), " " + r.choice(OFFICES) + r.choice(["", " 御中", " 宛"]), "　院長", " " + r.choice(DEPARTMENTS) + " 担当医 殿"])
    return half_kana(text) if r.random() < 0.08 else text


def drug(r, w):
    text = r.choice(DRUGS) if r.random() < 0.7 else r.choice(w.katakana)
    text += r.choice(["錠", "OD錠", "カプセル", "散", "テープ", "軟膏", "点眼液", "注", "吸入", "配合錠LD", "錠「" + r.choice("サワイ トーワ 日医工 NP DSEP".split()) + "」"])
    text += r.choice(["", "{}mg", "{}%", "{}μg", "{}㎎", "{}g"]).format(r.choice("0.5 1 2.5 5 7.5 10 12.5 15 20 25 30 40 50 60 75 100 150 200 250 330 500".split()))
    n = r.randint(1, 6)
    return text + r.choice(["", "", f" {n}錠", f" {n}T", f"  {n}錠 分{r.randint(1, 3)} {r.choice(['朝食後', '毎食後', '朝夕食後', '就寝前', '朝食前'])}", f" 1日{n}回", f" {n}C 3×", f" {r.randint(3, 90)}日分"])


def sentence(r, w):
    k = r.random()
    if k < 0.45:
        text = r.choice(CLAUSES) + (r.choice(CLAUSES) if r.random() < 0.4 else "")
    elif k < 0.8:
        text = "".join(r.choice(w.nouns) + r.choice("は を に が の と で も へ から まで より として による における について".split()) for _ in range(r.randint(1, 4)))
        text += r.choice([r.choice(w.verbs), r.choice("しました。 です。 認めます。 いたします。 であり、 となっています。 を希望。 なし。".split())])
    else:
        text = r.choice(DISEASES) + r.choice("にて通院中です。 の疑い の加療目的 に対し手術を施行。 、 (疑い) 術後 で経過観察中、".split()) + r.choice(["", r.choice(CLAUSES), r.choice(DISEASES)])
    if r.random() < 0.5:  # lines break where the paper ends
        start = r.randint(0, max(0, len(text) - 6))
        text = text[start:]
    return text[: r.choice([12, 20, 30, 42])]


def lab(r, w):
    v = r.choice([f"{r.uniform(0, 20):.1f}", f"{r.uniform(0, 5):.2f}", f"{r.randint(1, 400)}", f"{r.randint(1, 20)},{digits(r, 3)}"])
    return r.choice(LABS) + r.choice([" ", ":", "  ", "="]) + v + r.choice(["", "", " ", r.choice(UNITS), " " + r.choice(UNITS), " H", " L", "(H)", f" {r.randint(1, 50)}～{r.randint(50, 300)}", "↑", "↓"])


def number(r, w):
    k = r.randint(0, 6)
    return [
        lambda: digits(r, r.randint(1, 12)), lambda: f"〒{digits(r, 3)}-{digits(r, 4)}", lambda: f"{r.randint(90, 190)}/{r.randint(40, 110)}mmHg", lambda: f"{r.uniform(0, 100):.{r.randint(1, 2)}f}",
        lambda: f"ID:{digits(r, r.randint(6, 10))}", lambda: f"No.{digits(r, r.randint(2, 6))}", lambda: f"{r.randint(1, 9)}/{r.randint(1, 9)}",
    ][k]()


def choices(r, w):
    box = lambda: r.choice("□□□☑■")
    a, b = r.choice([("有", "無"), ("男", "女"), ("要", "不要"), ("あり", "なし"), ("はい", "いいえ"), ("可", "否"), ("単純", "造影"), ("本人", "家族"), ("出席", "欠席"), ("入院", "外来"), ("得た", "得ていない"), ("午前", "午後")])
    head = r.choice(["", "", r.choice(LABELS) + " "])
    return head + r.choice([f"{a}・{b}", f"{a} ・ {b}", f"{box()}{a} {box()}{b}", f"{box()} {a}　{box()} {b}", f"({a}・{b})", f"①{a} ②{b}", f"{a}( ) {b}( )", f"1.{a} 2.{b}", "明・大・昭・平・令", "T・S・H・R", f"{a} / {b}", f"●{a} ○{b}"])


def latin(r, w):
    k = r.random()
    if k < 0.4:
        return " ".join(r.choice(LATIN) for _ in range(r.randint(1, 4)))
    if k < 0.6:
        return "".join(r.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") for _ in range(r.randint(1, 9)))
    if k < 0.8:
        return f"{r.choice(['', date(r, w) + ' '])}{r.choice(['FROM:', 'FAX:', 'TO:', ''])}{half_kana(r.choice(w.katakana))} {r.choice(['P.', 'P', 'Page ', '#'])}{r.randint(1, 9):03}/{r.randint(1, 9):03}"
    word = lambda: "".join(r.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(r.randint(3, 8)))
    return r.choice([f"{word()}@{word()}.{r.choice(['co.jp', 'or.jp', 'ne.jp', 'com', 'lg.jp'])}", f"https://www.{word()}.jp/{word()}/", f"{word()}_{word()}"])


def rare(r, w):
    pool = r.choices([w.level1, w.level2, w.new, w.symbols], [3, 3, 4, 1])[0]
    text = "".join(r.choice(pool if r.random() < 0.7 else w.level1) for _ in range(r.randint(1, 7)))
    return text


def word(r, w):
    k = r.random()
    text = r.choice(w.nouns if k < 0.5 else w.katakana if k < 0.8 else w.orgs)
    return half_kana(text) if k > 0.7 and r.random() < 0.5 else text


def label(r, w):
    text = r.choice(LABELS if r.random() < 0.85 else TITLES)
    if r.random() < 0.15 and len(text) < 5:
        text = r.choice([" ", "　", "　　"]).join(text)
    return r.choice(["", "", "", "", "・", "※", "(1)", "①", "1.", "■", "【", "●", "◎"]) + text + r.choice(["", "", "", ":", "：", "】", "( )", "※"])


KINDS = [
    (name, 17), (phone, 9), (date, 10), (address, 8), (institution, 8), (drug, 6), (sentence, 13), (label, 10), (lab, 4),
    (number, 5), (choices, 4), (latin, 5), (rare, 13), (word, 7), (lambda r, w: r.choice(DEPARTMENTS + OFFICES), 2), (lambda r, w: r.choice(DISEASES), 3),
]


def text(r, w):
    """One line of text as it stands on paper (full-width forms included)."""
    make = r.choices([k for k, _ in KINDS], [n for _, n in KINDS])[0]
    while True:
        line = make(r, w)
        if r.random() < 0.12:
            line = wide(line)
        written = charset.written(line).replace(" ", "")
        if written and set(written) <= w.known and len(line) < 48:
            return line.strip()
