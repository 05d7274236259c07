//! The sender set right: its name in the spelling that the page prints, its numbers but for one digit.

use super::{Known, address, number, set};
use crate::domain::{FieldName, Fields, Verdict};
use crate::stages::matching::Index;
use crate::text::{confusable, fold, institution, variants};

/// Share of a name that may be misread, by how much beside the name agrees.
const MISREAD: [f32; 3] = [0.2, 0.5, 0.7];

/// Sets right what was misread of the certain sender.
pub(super) fn amend(fields: &mut Fields, known: &Known<'_>, index: &Index) {
    use FieldName::*;
    let number_agrees = known.agrees(SenderPhone) || known.agrees(SenderFax);
    let doctor = known.agrees(SenderDoctorName) || known.agrees(DoctorName);
    let beside = usize::from(number_agrees)
        + usize::from(doctor)
        + known.agreeing(&[SenderInstitutionCode, SenderAddress, SenderPostalCode]);
    let name = known.of(SenderInstitutionName).or_else(|| known.of(PharmacyName));
    let named = name.is_some_and(|e| matches!(e.verdict, Verdict::Agree | Verdict::Close));
    if let Some(evidence) = name {
        for field in [SenderInstitutionName, PharmacyName] {
            if let Some(found) = fields.get_mut(&field)
                && let Some(value) = name_amended(&found.value, &evidence.master, beside, index)
            {
                set(found, value);
            }
        }
    }
    for field in [SenderInstitutionCode, SenderPhone, SenderFax, SenderPostalCode] {
        let others = beside - usize::from(known.agrees(field)).min(beside);
        if let (Some(evidence), Some(found)) = (known.of(field), fields.get_mut(&field))
            && (named || others > 0)
            && let Some(value) = number::amended(found, evidence)
        {
            set(found, value);
        }
    }
    if let (Some(evidence), Some(found)) = (known.of(SenderAddress), fields.get_mut(&SenderAddress))
        && (named || number_agrees)
        && let Some(value) = address::amended(&found.value, &evidence.master)
    {
        set(found, value);
    }
}

/// The spelling of the master's name that was misread as `read`; none when it may name another institution.
fn name_amended(read: &str, master: &str, beside: usize, index: &Index) -> Option<String> {
    let plain = |text: &str| variants::same_name(&fold::squeeze(text)).chars().collect::<Vec<char>>();
    let seen = plain(read);
    let (cost, spelling) = spellings(master)
        .into_iter()
        .map(|s| (confusable::distance(&seen, &plain(&s)), s))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    let chars = plain(&spelling);
    if chars == seen || chars.len() < 3 {
        return None;
    }
    let share = cost / chars.len().max(seen.len()) as f32;
    let other = share > 0.1 && (other_ending(read, master) || index.is_institution(read));
    (!other && share <= MISREAD[beside.min(2)]).then_some(spelling)
}

/// Both end as institutions do, but differently: a pharmacy or a 訪問看護ステーション in the house of a hospital.
fn other_ending(read: &str, master: &str) -> bool {
    let last = |text: &str| text.chars().rev().take(2).collect::<Vec<char>>();
    let (read, master) = (fold::squeeze(read), fold::squeeze(master));
    institution::ends_as_institution(&read).is_some_and(|sure| sure >= 0.7) && last(&read) != last(&master)
}

/// The name in full, without its legal form, and without the founder.
fn spellings(master: &str) -> Vec<String> {
    let master = fold::tidy(master);
    let parts: Vec<&str> = master.split(' ').collect();
    let mut out: Vec<String> = (0..parts.len()).map(|from| parts[from..].join(" ")).collect();
    out.push(institution::short_name(&master));
    for (long, short) in
        [("社会医療法人", "(社医)"), ("医療法人社団", "(医)"), ("医療法人財団", "(医)"), ("医療法人", "(医)")]
    {
        if let Some(rest) = master.strip_prefix(long) {
            out.push(format!("{short}{}", rest.trim_start()));
            let other = if long.ends_with("社団") { "(医社)" } else { "(医財)" };
            out.push(format!("{other}{}", rest.trim_start()));
            break;
        }
    }
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Institution, Masters};

    fn of(read: &str, beside: usize) -> Option<String> {
        let institution = |name: &str| Institution {
            institution_id: name.to_owned(),
            name: name.to_owned(),
            ..Institution::default()
        };
        let names =
            ["医療法人社団 例示会 見本内科クリニック", "見木内科クリニック", "医療法人 例示会 見本眼科クリニック"];
        let index = Index::build(Masters { institutions: names.map(institution).to_vec(), ..Masters::default() });
        name_amended(read, names[0], beside, &index)
    }

    #[test]
    fn a_misread_name_gets_the_spelling_of_the_page() {
        assert_eq!(of("見本内料タリニック", 1).as_deref(), Some("見本内科クリニック"));
        assert_eq!(
            of("医療法人杜団例示会見本内料クリニック", 1).as_deref(),
            Some("医療法人社団 例示会 見本内科クリニック")
        );
        assert_eq!(of("例示会 見本内料クリニック", 1).as_deref(), Some("例示会 見本内科クリニック"));
        assert_eq!(of("見本 内科 クリニック", 2), None, "as it should be");
        assert_eq!(of("(医社)例示会 見本内科クリニック", 2), None, "as it is printed");
        assert_eq!(of("科クリニック", 2).as_deref(), Some("見本内科クリニック"));
        assert_eq!(of("科クリニック", 0), None, "by its name alone");
    }

    #[test]
    fn another_institution_stays() {
        assert_eq!(of("見本眼科クリニック", 2), None, "in the master");
        assert_eq!(of("見本内科薬局", 2), None);
        assert_eq!(of("訪問看護ステーション見本", 2), None);
    }
}
