//! A small PDF that embeds no font.

/// A PDF of one page with these lines, whose font must come from the machine; `size` of the letters, `leading` and the first
/// line's height over the bottom in points.
pub fn pdf(lines: &[&str], size: u32, leading: u32, top: u32) -> Vec<u8> {
    let hex = |line: &str| line.encode_utf16().map(|unit| format!("{unit:04X}")).collect::<String>();
    let shown: String = lines.iter().map(|line| format!("<{}> Tj 0 -{leading} Td ", hex(line))).collect();
    let text = format!("BT /F {size} Tf 60 {top} Td {shown} ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{text}\nendstream", text.len()),
        "<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/UniJIS-UCS2-H/DescendantFonts[6 0 R]>>".to_owned(),
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/DW 1000/W[1 95 500]\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>>>"
            .to_owned(),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut table = String::from("xref\n0 7\n0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    out.extend(format!("{table}trailer<</Size 7/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}
