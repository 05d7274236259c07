//! The figures as a table for people.

use super::Report;
use super::tally::{MASTERS, Tally};
use super::text;
use serde_json::Value;
use std::fmt::Write;

fn per_cent(v: &Value) -> String {
    v.as_f64().map_or_else(|| "   —  ".to_owned(), |v| format!("{v:6.2}%"))
}

fn share(a: usize, b: usize) -> String {
    if b == 0 { "   —  ".to_owned() } else { format!("{:6.2}%", 100.0 * a as f64 / b as f64) }
}

/// The whole table, with one block for each of the groups in `by`.
pub(super) fn table(report: &Report, by: &[&str], every_error: bool) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_table(&mut out, report, by, every_error);
    out
}

fn write_table(o: &mut String, report: &Report, by: &[&str], every_error: bool) -> std::fmt::Result {
    let (f, y) = (&report.files, &report.all);
    let r = y.figures();
    writeln!(
        o,
        "files {}, unanswered {}; file split accuracy {}",
        f.files,
        f.unanswered,
        share(f.split_ok, f.split_n)
    )?;
    writeln!(
        o,
        "error codes: {} of {} bad files ({} strictly); good files without an error {}",
        share(f.error_ok, f.error_files),
        f.error_files,
        share(f.error_strict, f.error_files),
        share(f.good_without_error, f.good_files)
    )?;
    writeln!(o, "documents {} (got {}, missed {}, spurious {})", y.docs, y.got, y.missed, y.spurious)?;
    let p = |k: &str| per_cent(&r[k]);
    writeln!(o, "split accuracy       {}    rotation {}", p("split_accuracy"), p("rotation_accuracy"))?;
    writeln!(o, "kind accuracy        {}", p("kind_accuracy"))?;
    writeln!(
        o,
        "field exact match    {}    spurious fields per document {}",
        p("field_exact"),
        r["field_spurious_per_document"]
    )?;
    writeln!(o, "free text CER        {}", p("free_text_cer"))?;
    for who in MASTERS {
        let k = |what: &str| per_cent(&r[&format!("{who}_{what}")]);
        writeln!(
            o,
            "{who:<12} top-1 recall {}  linked {}  top-5 {}  (n={})   correct none {} (n={})",
            k("top1_recall"),
            k("linked_recall"),
            k("top5_recall"),
            r[&format!("{who}_in_master")],
            k("correct_none"),
            r[&format!("{who}_not_in_master")]
        )?;
    }
    writeln!(
        o,
        "straight-through     {}   of which right {}   unreadable {}",
        p("straight_through_rate"),
        p("straight_through_correct_rate"),
        y.unreadable
    )?;
    writeln!(
        o,
        "WRONG LINK AT READY  {}   {} of {}   {}   ready with wrong pages {}",
        p("WRONG_LINK_rate"),
        y.wrong,
        y.ready,
        r["wrong_link_by"],
        y.ready_pages
    )?;
    write_fields(o, y, &r["fields"])?;
    o.push_str(&report.reliability.table());
    let confusions = y.confusions();
    if !confusions.is_empty() {
        writeln!(o, "\nkinds mistaken:")?;
        for (which, n) in confusions {
            writeln!(o, "  {n:>4}  {which}")?;
        }
    }
    for group in by {
        write_group(o, report, group)?;
    }
    let worst: Vec<_> = report.errors.iter().filter(|(_, e)| every_error || e.starts_with("READY")).collect();
    if !worst.is_empty() {
        writeln!(o, "\nworst:")?;
        for (file, error) in worst {
            writeln!(o, "   {file} {error}")?;
        }
    }
    Ok(())
}

fn write_fields(o: &mut String, y: &Tally, figures: &Value) -> std::fmt::Result {
    writeln!(o, "\nfield                         n    exact  itaiji   missing wrong spurious     CER")?;
    for (field, k) in &y.fields {
        let d = &figures[field];
        let itaiji = if text::is_name(field) { per_cent(&d["exact_itaiji"]) } else { "       ".to_owned() };
        let cer = if text::is_free_text(field) { per_cent(&d["cer"]) } else { String::new() };
        let exact = per_cent(&d["exact"]);
        writeln!(
            o,
            "{field:<26}{:>5}  {exact} {itaiji} {:>6} {:>6} {:>6}   {cer}",
            k.n, k.missing, k.wrong, k.spurious
        )?;
    }
    Ok(())
}

fn write_group(o: &mut String, report: &Report, group: &str) -> std::fmt::Result {
    writeln!(o, "\nby {group:<28} docs   split    kind   field   CER     pat-1   inst-1  ready   wrong")?;
    for ((_, name), y) in report.groups.iter().filter(|((g, _), _)| g == group) {
        let q = y.figures();
        let p = |k: &str| per_cent(&q[k]);
        writeln!(
            o,
            "  {name:<28} {:>5} {} {} {} {} {} {} {} {:>4}",
            y.docs,
            p("split_accuracy"),
            p("kind_accuracy"),
            p("field_exact"),
            p("free_text_cer"),
            p("patient_top1_recall"),
            p("institution_top1_recall"),
            p("straight_through_rate"),
            y.wrong
        )?;
    }
    Ok(())
}
