//! Two identifiers of a patient are compared with the image before anybody is linked: which count, and when it is enough.

use crate::domain::{FieldName, Patient};
use crate::store::documents::Compared;

/// What can be compared, in the order in which staff look.
pub const IDENTIFIERS: &[FieldName] = &[
    FieldName::PatientName,
    FieldName::PatientBirthDate,
    FieldName::PatientKana,
    FieldName::PatientId,
    FieldName::PatientAddress,
    FieldName::PatientPhone,
];

/// How many of them must be compared.
pub const LEAST: usize = 2;

/// What the master says of a patient's identifier; empty for what it does not keep.
pub fn of_master(patient: &Patient, field: FieldName) -> &str {
    match field {
        FieldName::PatientName => &patient.name,
        FieldName::PatientBirthDate => &patient.birth_date,
        FieldName::PatientKana => &patient.kana,
        FieldName::PatientId => &patient.patient_id,
        FieldName::PatientAddress => &patient.address,
        FieldName::PatientPhone => &patient.phone,
        _ => "",
    }
}

/// Whether that was enough to link anybody: a name and how it is read are one thing, and asking the sender stands in for
/// one identifier but never for both.
pub fn enough(compared: &Compared) -> bool {
    let mut told: Vec<FieldName> = compared
        .fields
        .iter()
        .filter(|field| IDENTIFIERS.contains(field))
        .map(|field| if *field == FieldName::PatientKana { FieldName::PatientName } else { *field })
        .collect();
    told.sort();
    told.dedup();
    !told.is_empty() && told.len() + usize::from(compared.sender_asked) >= LEAST
}

/// What of it the master's row can bear out: nobody compares a page with nothing.
pub fn borne_out(compared: &Compared, patient: &Patient) -> Compared {
    let fields = compared.fields.iter().filter(|field| !of_master(patient, **field).trim().is_empty());
    let mut fields: Vec<FieldName> = fields.copied().collect();
    fields.sort();
    fields.dedup();
    Compared { fields, sender_asked: compared.sender_asked }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FieldName::*;

    fn of(fields: &[FieldName], sender_asked: bool) -> Compared {
        Compared { fields: fields.to_vec(), sender_asked }
    }

    #[test]
    fn two_different_things_are_enough() {
        assert!(enough(&of(&[PatientName, PatientBirthDate], false)));
        assert!(enough(&of(&[PatientKana, PatientPhone], false)));
        assert!(enough(&of(&[PatientName], true)));
        for (fields, asked) in [
            (&[][..], false),
            (&[][..], true),
            (&[PatientName][..], false),
            (&[PatientName, PatientName][..], false),
            (&[PatientName, PatientKana][..], false),
            (&[PatientName, Purpose][..], false),
            (&[PatientSex, Purpose][..], true),
        ] {
            assert!(!enough(&of(fields, asked)), "{fields:?} {asked}");
        }
    }

    #[test]
    fn nothing_is_compared_with_an_empty_cell() {
        let patient = Patient { name: "海野 環".into(), birth_date: " ".into(), ..Patient::default() };
        let left = borne_out(&of(&[PatientName, PatientBirthDate, PatientName], false), &patient);
        assert_eq!(left, of(&[PatientName], false));
    }
}
