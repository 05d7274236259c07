-- Every record in one list, whatever its table.
CREATE VIEW all_records AS
SELECT record_id, document_id, 'referral' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM referral
UNION ALL
SELECT record_id, document_id, 'appointment_request' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM appointment_request
UNION ALL
SELECT record_id, document_id, 'exam_request' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM exam_request
UNION ALL
SELECT record_id, document_id, 'reply_letter' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM reply_letter
UNION ALL
SELECT record_id, document_id, 'discharge' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM discharge
UNION ALL
SELECT record_id, document_id, 'care_document' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM care_document
UNION ALL
SELECT record_id, document_id, 'pharmacy_document' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM pharmacy_document
UNION ALL
SELECT record_id, document_id, 'lab_document' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM lab_document
UNION ALL
SELECT record_id, document_id, 'second_opinion' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM second_opinion
UNION ALL
SELECT record_id, document_id, 'disclosure' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM disclosure
UNION ALL
SELECT record_id, document_id, 'inquiry' AS record_table, kind, received_on, document_date,
    patient_id, institution_id, doctor_id, sender_institution_name FROM inquiry
UNION ALL
SELECT record_id, document_id, 'doctor_registration' AS record_table, kind, received_on, document_date,
    CAST(NULL AS TEXT) AS patient_id, institution_id, doctor_id, sender_institution_name FROM doctor_registration
UNION ALL
SELECT record_id, document_id, 'facility_use' AS record_table, kind, received_on, document_date,
    CAST(NULL AS TEXT) AS patient_id, institution_id, doctor_id, sender_institution_name FROM facility_use
UNION ALL
SELECT record_id, document_id, 'event_entry' AS record_table, kind, received_on, document_date,
    CAST(NULL AS TEXT) AS patient_id, institution_id, doctor_id, sender_institution_name FROM event_entry
UNION ALL
SELECT record_id, document_id, 'activity_report' AS record_table, kind, received_on, document_date,
    CAST(NULL AS TEXT) AS patient_id, institution_id, doctor_id, sender_institution_name FROM activity_report
UNION ALL
SELECT record_id, document_id, 'notice' AS record_table, kind, received_on, document_date,
    CAST(NULL AS TEXT) AS patient_id, institution_id, doctor_id, sender_institution_name FROM notice;
