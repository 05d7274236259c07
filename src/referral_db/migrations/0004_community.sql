-- Care at home: care managers, visiting nurses, pharmacies, home medicine.

-- 介護・在宅・転院の連携文書
CREATE TABLE care_document (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('discharge_care_record', 'admission_care_info', 'home_nursing_report', 'transfer_request')),
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
    care_level TEXT CHECK (care_level IN ('要支援1', '要支援2', '要介護1', '要介護2', '要介護3', '要介護4', '要介護5')),
    diagnosis TEXT,
    remarks TEXT,
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX care_document_patient ON care_document (patient_id, received_on);
CREATE INDEX care_document_institution ON care_document (institution_id, received_on);

-- 薬局からの服薬情報提供書（トレーシングレポート）
CREATE TABLE pharmacy_document (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('medication_report')),
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
    pharmacy_name TEXT,
    remarks TEXT,
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX pharmacy_document_patient ON pharmacy_document (patient_id, received_on);
CREATE INDEX pharmacy_document_institution ON pharmacy_document (institution_id, received_on);

-- 在宅医療の取組報告（別添1-2）
CREATE TABLE activity_report (
    record_id TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL UNIQUE REFERENCES source_document (document_id),
    kind TEXT NOT NULL CHECK (kind IN ('home_care_activity_report')),
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
    referrals_out BIGINT CHECK (referrals_out >= 0),
    emergency_admissions BIGINT CHECK (emergency_admissions >= 0),
    referrals_back BIGINT CHECK (referrals_back >= 0),
    home_patients BIGINT CHECK (home_patients >= 0),
    other_values TEXT,
    recorded_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX activity_report_institution ON activity_report (institution_id, received_on);
