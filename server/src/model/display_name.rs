//! Display names: one readable line of text, for users and devices.

use unicode_normalization::UnicodeNormalization;

/// In characters.
const MAX_LENGTH: usize = 100;

/// Trims and validates a display name: 1 to 100 characters, without control, direction and invisible characters. Markup
/// is allowed, because everything that shows a name escapes it.
pub fn parse(text: &str) -> Option<String> {
    let line: String = text.trim().nfc().collect();
    let readable = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
            && !matches!(c, '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{3164}' | '\u{FFA0}')
    };
    ((1..=MAX_LENGTH).contains(&line.chars().count()) && line.chars().all(readable)).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_display_name_is_one_readable_line() {
        assert_eq!(parse("  Ada's phone ").as_deref(), Some("Ada's phone"));
        assert_eq!(parse("<b>phone</b>").as_deref(), Some("<b>phone</b>"));
        for text in ["", "   ", "a\nb", "a\0b", "a\u{202E}b", "a\u{61C}b", "\u{3164}", &"x".repeat(101)] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
