-- The liaison office's own business.

-- 登録医の申請・変更・辞退
CREATE TABLE doctor_registration (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('doctor_registration')),
    received_on TEXT NOT NULL CHECK (received_on LIKE '____-__-__'),
    institution_id TEXT REFERENCES institution (institution_id),
    doctor_id TEXT REFERENCES doctor (doctor_id),
    document_date TEXT CHECK (document_date LIKE '____-__-__'),
    sender_institution_name TEXT,
    sender_institution_code TEXT,
    sender_department TEXT,
    sender_doctor_name TEXT,
    sender_phone TEXT,
    sender_fax TEXT,
    sender_postal_code TEXT,
    sender_address TEXT,
    recipient_department TEXT,
    recipient_doctor_name TEXT,
    registration_action TEXT CHECK (registration_action IN ('new', 'change', 'withdraw')),
    doctor_name TEXT,
    doctor_kana TEXT,
    specialty TEXT,
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX doctor_registration_institution ON doctor_registration (institution_id, received_on);

-- 施設（会議室・図書室）の利用申込
CREATE TABLE facility_use (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('facility_use_request')),
    received_on TEXT NOT NULL CHECK (received_on LIKE '____-__-__'),
    institution_id TEXT REFERENCES institution (institution_id),
    doctor_id TEXT REFERENCES doctor (doctor_id),
    document_date TEXT CHECK (document_date LIKE '____-__-__'),
    sender_institution_name TEXT,
    sender_institution_code TEXT,
    sender_department TEXT,
    sender_doctor_name TEXT,
    sender_phone TEXT,
    sender_fax TEXT,
    sender_postal_code TEXT,
    sender_address TEXT,
    recipient_department TEXT,
    recipient_doctor_name TEXT,
    facility TEXT,
    desired_dates TEXT,
    purpose TEXT,
    first_desired_date TEXT CHECK (first_desired_date LIKE '____-__-__'),
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX facility_use_institution ON facility_use (institution_id, received_on);

-- 症例検討会・研修会の参加申込
CREATE TABLE event_entry (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('event_entry')),
    received_on TEXT NOT NULL CHECK (received_on LIKE '____-__-__'),
    institution_id TEXT REFERENCES institution (institution_id),
    doctor_id TEXT REFERENCES doctor (doctor_id),
    document_date TEXT CHECK (document_date LIKE '____-__-__'),
    sender_institution_name TEXT,
    sender_institution_code TEXT,
    sender_department TEXT,
    sender_doctor_name TEXT,
    sender_phone TEXT,
    sender_fax TEXT,
    sender_postal_code TEXT,
    sender_address TEXT,
    recipient_department TEXT,
    recipient_doctor_name TEXT,
    event_name TEXT,
    event_date TEXT CHECK (event_date LIKE '____-__-__'),
    participants BIGINT CHECK (participants >= 0),
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX event_entry_institution ON event_entry (institution_id, received_on);

-- 休診案内・人事異動・お知らせ
CREATE TABLE notice (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('notice')),
    received_on TEXT NOT NULL CHECK (received_on LIKE '____-__-__'),
    institution_id TEXT REFERENCES institution (institution_id),
    doctor_id TEXT REFERENCES doctor (doctor_id),
    document_date TEXT CHECK (document_date LIKE '____-__-__'),
    sender_institution_name TEXT,
    sender_institution_code TEXT,
    sender_department TEXT,
    sender_doctor_name TEXT,
    sender_phone TEXT,
    sender_fax TEXT,
    sender_postal_code TEXT,
    sender_address TEXT,
    recipient_department TEXT,
    recipient_doctor_name TEXT,
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX notice_institution ON notice (institution_id, received_on);

-- 診療記録の開示請求（閲覧者を限ること）
CREATE TABLE disclosure (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('disclosure_request')),
    received_on TEXT NOT NULL CHECK (received_on LIKE '____-__-__'),
    patient_id TEXT REFERENCES patient (patient_id),
    institution_id TEXT REFERENCES institution (institution_id),
    doctor_id TEXT REFERENCES doctor (doctor_id),
    document_date TEXT CHECK (document_date LIKE '____-__-__'),
    patient_name TEXT,
    patient_kana TEXT,
    patient_birth_date TEXT CHECK (patient_birth_date LIKE '____-__-__'),
    patient_sex TEXT CHECK (patient_sex IN ('male', 'female', 'other')),
    patient_id_written TEXT,
    patient_postal_code TEXT,
    patient_address TEXT,
    patient_phone TEXT,
    sender_institution_name TEXT,
    sender_institution_code TEXT,
    sender_department TEXT,
    sender_doctor_name TEXT,
    sender_phone TEXT,
    sender_fax TEXT,
    sender_postal_code TEXT,
    sender_address TEXT,
    recipient_department TEXT,
    recipient_doctor_name TEXT,
    applicant_name TEXT,
    purpose TEXT,
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX disclosure_patient ON disclosure (patient_id, received_on);
CREATE INDEX disclosure_institution ON disclosure (institution_id, received_on);

-- 種類が決まらない文書（内容を確認のうえ照会・個別対応するもの）
CREATE TABLE inquiry (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('unknown')),
    received_on TEXT NOT NULL CHECK (received_on LIKE '____-__-__'),
    patient_id TEXT REFERENCES patient (patient_id),
    institution_id TEXT REFERENCES institution (institution_id),
    doctor_id TEXT REFERENCES doctor (doctor_id),
    document_date TEXT CHECK (document_date LIKE '____-__-__'),
    patient_name TEXT,
    patient_kana TEXT,
    patient_birth_date TEXT CHECK (patient_birth_date LIKE '____-__-__'),
    patient_sex TEXT CHECK (patient_sex IN ('male', 'female', 'other')),
    patient_id_written TEXT,
    patient_postal_code TEXT,
    patient_address TEXT,
    patient_phone TEXT,
    sender_institution_name TEXT,
    sender_institution_code TEXT,
    sender_department TEXT,
    sender_doctor_name TEXT,
    sender_phone TEXT,
    sender_fax TEXT,
    sender_postal_code TEXT,
    sender_address TEXT,
    recipient_department TEXT,
    recipient_doctor_name TEXT,
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX inquiry_patient ON inquiry (patient_id, received_on);
CREATE INDEX inquiry_institution ON inquiry (institution_id, received_on);
