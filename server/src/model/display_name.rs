//! One readable line of text, as people type it: names of people and of devices.

use unicode_normalization::UnicodeNormalization;

/// The longest line, in characters.
const LONGEST: usize = 100;

/// Takes a line as typed, without the space around it: 1 to 100 characters, none of them a control, direction or
/// invisible character. Markup is text like any other.
pub fn read(text: &str) -> Option<String> {
    let line: String = text.trim().nfc().collect();
    let readable = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
            && !matches!(c, '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{3164}' | '\u{FFA0}')
    };
    ((1..=LONGEST).contains(&line.chars().count()) && line.chars().all(readable)).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_line_is_readable() {
        assert_eq!(read("  Ada's phone ").as_deref(), Some("Ada's phone"));
        assert_eq!(read("<b>phone</b>").as_deref(), Some("<b>phone</b>"));
        for text in ["", "   ", "a\nb", "a\0b", "a\u{202E}b", "a\u{61C}b", "\u{3164}", &"x".repeat(101)] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
