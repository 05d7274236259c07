//! Is Tesseract new enough, and are its languages there?

use super::Check;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tesseract::plumbing::{TessBaseApi, version};

pub(super) fn check(languages: &[(&str, bool)], models: Option<&Path>) -> Vec<Check> {
    let version = version().to_string_lossy().into_owned();
    languages.iter().map(|(language, needed)| check_language(&version, language, *needed, models)).collect()
}

fn check_language(version: &str, language: &str, needed: bool, models: Option<&Path>) -> Check {
    let code = "tesseract";
    let major: u32 = version.split('.').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    if major < 5 {
        return Check::fatal(
            code,
            format!("文字認識: Tesseract {version} は古すぎます（5.2以上が必要です）"),
            "Debian 12以降、Ubuntu 24.04以降で sudo apt-get install tesseract-ocr を実行してください。",
        );
    }
    if opens(language, models) {
        return Check::good(code, format!("文字認識: Tesseract {version}、言語 {language}"));
    }
    let found = format!("文字認識: Tesseract {version} に言語 {language} がありません");
    let package = language.replace('_', "-");
    let way_out = match models {
        None => format!("sudo apt-get install tesseract-ocr-{package} を実行してください。"),
        Some(folder) => format!("{} に {language}.traineddata を置いてください。", folder.display()),
    };
    if needed { Check::fatal(code, found, way_out) } else { Check::attention(code, found, way_out) }
}

fn opens(language: &str, models: Option<&Path>) -> bool {
    let folder = models.map(|folder| CString::new(folder.as_os_str().as_bytes())).transpose();
    let (Ok(folder), Ok(language)) = (folder, CString::new(language)) else { return false };
    TessBaseApi::create().init_2(folder.as_deref(), Some(&language)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::Finding;
    use super::*;

    #[test]
    fn a_language_that_is_not_there_is_named_with_its_package() {
        let checks = check(&[("xxx_vert", true), ("xxx", false)], None);
        assert_eq!(checks.iter().map(|c| c.finding).collect::<Vec<_>>(), [Finding::Fatal, Finding::Attention]);
        assert!(checks[0].way_out_ja.contains("tesseract-ocr-xxx-vert"));
        let old = check_language("4.1.1", "jpn", true, None);
        assert_eq!(old.finding, Finding::Fatal);
    }
}
