//! A person's name among glyphs: where it begins, and where title, seal or another part end it.

use crate::stages::sheet::Glyph;
use crate::text::{institution, kana, name};

pub(super) fn skip_title(text: &str, skip: usize) -> usize {
    let rest: String = text.chars().skip(skip).collect();
    for title in ["担当医", "主治医", "医師", "医長", "部長", "院長", "副院長", "科長", "所長", "管理者"]
    {
        if rest.starts_with(title) {
            return skip + title.chars().count();
        }
    }
    skip
}

/// Where a name ends before what was read of the seal behind it: its frame, or a letter of the family name again.
fn without_seal(glyphs: &[Glyph]) -> usize {
    let mut end = glyphs.len();
    while end >= 4 && matches!(glyphs[end - 1].ch, '囘' | '囗' | '団' | '回' | '圓' | '□' | '㊞' | '印' | '臼')
    {
        end -= 1;
    }
    // A given name of three letters that ends like the family name begins is rarer than a seal.
    if end >= 5 && glyphs[..2].iter().any(|g| g.ch == glyphs[end - 1].ch) { end - 1 } else { end }
}

/// A person's name at the beginning of some glyphs.
pub struct Person {
    /// One space between its parts where the document sets them apart.
    pub value: String,
    /// Its glyphs.
    pub range: std::ops::Range<usize>,
    /// 0 to 1.
    pub sure: f32,
}

/// Reads a person's name: up to a title, a seal, a bracket or a third part.
pub fn person(glyphs: &[Glyph]) -> Option<Person> {
    let start = glyphs.iter().position(|g| name::is_name_char(g.ch) && g.ch != '・')?;
    if start > 3 || glyphs[..start].iter().any(|g| g.ch.is_ascii_digit()) {
        return None;
    }
    let rest = &glyphs[start..];
    let stop = rest.iter().position(|g| !name::is_name_char(g.ch)).unwrap_or(rest.len());
    let text: String = rest[..stop].iter().map(|g| g.ch).collect();
    let particle = text.chars().count() < 3 && text.chars().all(|c| ('ぁ'..='ん').contains(&c));
    if particle {
        return None;
    }
    // 男・女 to choose from, 指名なし: nobody's name.
    if text.chars().all(|c| matches!(c, '男' | '女' | '性' | '・'))
        || ["指名", "なし", "不問", "担当", "営業所", "支店"].iter().any(|w| text.contains(w))
    {
        return None;
    }
    // 様, 殿, 先生, 印 … end it.
    let titled = name::before_title(&text).chars().count();
    let mut end = titled.min(stop);
    let has_title = titled < stop;
    let gap = |i: usize| rest[i].gap;
    let mut breaks: Vec<usize> = (1..end).filter(|&i| gap(i) > 0.42).collect();
    if breaks.len() > 3 {
        // Spaced letters: only the widest space is one between names.
        let widest = breaks.iter().copied().max_by(|a, b| gap(*a).total_cmp(&gap(*b)));
        breaks = widest.into_iter().filter(|&w| breaks.iter().all(|&b| b == w || gap(b) < 0.75 * gap(w))).collect();
    }
    let kana_name = text.chars().filter(|c| kana::is_kana(*c)).count() * 2 > text.chars().count();
    if let [first, second, ..] = breaks[..] {
        // A third part is the seal or what comes next, unless the first is too short or it is a foreign name.
        if !kana_name && !text.is_ascii() && first >= 1 && second - first >= 1 && second >= 3 && !has_title {
            end = second;
        }
    }
    if !has_title && !kana_name {
        end = without_seal(&rest[..end]);
    }
    // Long runs without any space are not names.
    let letters = end;
    if letters < 2 || (letters > 8 && !kana_name && !text.is_ascii()) {
        return None;
    }
    let mut value = String::new();
    for (i, glyph) in rest[..end].iter().enumerate() {
        if breaks.contains(&i) {
            value.push(' ');
        }
        // 健ー: a stroke after kanji lengthens nothing.
        let stroke = glyph.ch == 'ー' && i > 0 && name::is_kanji(rest[i - 1].ch);
        value.push(if stroke { '一' } else { glyph.ch });
    }
    name::person(&value)?;
    if institution::is_department(&value.replace(' ', "")) || institution::is_institution(&value.replace(' ', "")) {
        return None;
    }
    let plausible = if has_title {
        1.0
    } else if (3..=6).contains(&letters) {
        0.95
    } else {
        0.75
    };
    Some(Person { value, range: start..start + end, sure: plausible })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;

    fn read(text: &str) -> Option<String> {
        let mut glyphs: Vec<Glyph> = Vec::new();
        let mut gap = 0.0;
        for (i, ch) in text.chars().enumerate() {
            if ch == ' ' {
                gap = 1.0;
                continue;
            }
            let at = BBox::new(i as f32, 0.0, i as f32 + 1.0, 1.0);
            glyphs.push(Glyph { ch, raw: ch.to_string(), at, gap: std::mem::take(&mut gap), confidence: 1.0 });
        }
        person(&glyphs).map(|p| p.value)
    }

    #[test]
    fn a_name_ends_before_the_seal_behind_it() {
        assert_eq!(read("横山 大桔横").as_deref(), Some("横山 大桔"));
        assert_eq!(read("高田 智子囘").as_deref(), Some("高田 智子"));
        assert_eq!(read("大橋 雄大").as_deref(), Some("大橋 雄大"), "a given name of two letters");
        assert_eq!(read("小山 健ー").as_deref(), Some("小山 健一"));
        assert_eq!(read("ヤン ミー").as_deref(), Some("ヤン ミー"));
    }
}
