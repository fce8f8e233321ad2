//! Display names: one readable line of text, for users and devices.

use unicode_normalization::UnicodeNormalization;

use super::characters::{are_readable, is_visible, trim_blank};

/// In characters.
const MAX_LENGTH: usize = 100;

/// Trims and validates a display name: 1 to 100 characters, without control characters and without any that cannot be
/// seen, except where a script or an emoji needs them. Markup is allowed, because everything that shows a name escapes it.
pub fn parse(text: &str) -> Option<String> {
    let text: String = text.nfc().collect();
    let line = trim_blank(&text);
    let is_name = line.chars().any(is_visible) && are_readable(line);
    ((1..=MAX_LENGTH).contains(&line.chars().count()) && is_name).then(|| line.to_owned())
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

    #[test]
    fn names_of_the_whole_world_are_kept_as_they_are_written() {
        for text in [
            "علی\u{200C}رضا",       // Persian
            "آقا\u{200C}ی",         // a joiner after a letter that does not join
            "ශ\u{DCA}\u{200D}රී ලාල්", // Sinhala
            "രാജന\u{D4D}\u{200D}",   // Malayalam, with a joiner at the end of a word
            "രാജന\u{D4D}\u{200D} നായർ",
            "र\u{94D}\u{200D}य",  // Marathi
            "র\u{200D}\u{9CD}যাব", // Bengali, with the joiner before the virama
            "ខ្មែរ",
            "ខ្មែរ\u{200B}ខ្មែរ", // Khmer, Thai and Burmese, as their keyboards divide words
            "สม\u{200B}ชาย",
            "အောင်\u{200B}ဆန်း",
            "ᠠᠷ\u{180E}ᠠ",   // Mongolian, with a separate vowel
            "سنة \u{600}١٢", // Arabic signs of numbers
            "\u{6DD}١",
            "\u{110BD}१",     // Kaithi
            "ئامینه\u{200C}", // Kurdish, with its vowel at the end of a word
            "ئامینه\u{200C} ئەحمەد",
            "ᨲᩫ\u{200D}ᨲ", // Lanna, Meetei Mayek, Siddham, Brahmi, Chakma, Sharada, Sundanese
            "ꯃ\u{200C}ꯃ",
            "𑖭\u{200D}𑖰",
            "𑀓𑁆\u{200D}𑀓",
            "𑄌\u{200D}𑄋",
            "𑆑𑇀\u{200D}𑆑",
            "ᮞᮥᮔ᮪\u{200D}ᮓ",
            "יְרוּשָׁלַ\u{34F}ִם", // Hebrew, with two vowels that must not be reordered
            "שלום\u{200F}!", // Hebrew, with a direction mark
            "Ada (עדה)\u{200E} Lovelace",
            "葛\u{E0100}城",  // a variant of an ideograph
            "ᠮᠣᠩᠭᠣᠯ\u{180B}", // Mongolian
            "👩\u{200D}💻 Ada",
            "👨\u{200D}👩\u{200D}👧",
            "👩🏽\u{200D}🚀",
            "❤\u{FE0F}",
            "1\u{FE0F}\u{20E3}",
            "🏳\u{FE0F}\u{200D}🌈",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}", // England
            "🇮🇷",
            "山田\u{3000}太郎",
            "O\u{2019}Neil",
            "Nguyễn Thị Ánh",
            "⠁⠙⠁⠀⠇", // Braille, with its space
            "ʻOkina",
            "X Æ A-12",
        ] {
            let composed: String = unicode_normalization::UnicodeNormalization::nfc(text).collect();
            assert_eq!(parse(text), Some(composed), "{text:?}");
        }
    }

    #[test]
    fn a_name_that_nobody_can_see_is_refused() {
        for text in [
            "\u{2800}",
            "\u{2800}\u{2800}",
            "\u{3164}",
            "\u{115F}",
            "\u{1160}",
            "\u{FFA0}",
            "\u{200B}",
            "\u{200D}",
            "\u{FE0F}",
            "\u{34F}",
            "\u{AD}",
            "\u{E0020}",
            "\u{1D159}",
            "\u{17B4}",
            "\u{180E}",
            "\u{301}",
            "\u{E000}",
            "\u{13441}",
            "\u{13442}\u{13441}",
            "\u{FFFC}",
            "\u{FFFD}",
            "\u{FDD0}",
            "\u{FFFF}",
            "\u{378}",
            "\u{600}\u{200B}",
            "\u{202F}\u{A0}\u{3000}",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn invisible_characters_that_change_nothing_are_refused() {
        let refused = [
            "A\u{200B}da",
            "A\u{200D}da",
            "A\u{180E}da",
            "A\u{378}da",
            "A\u{FFFC}da",
            "1\u{200D}2",
            "สม\u{200B}\u{200B}ชาย",
            "A\u{200C}da",
            "A\u{AD}da",
            "A\u{2060}da",
            "A\u{200E}da",
            "A\u{FE0F}da",
            "A\u{115F}da",
            "A\u{E0061}da",
            "عل\u{202E}ی",
            "عل\u{2067}ی",
            "علی\u{200C}\u{200C}رضا",
            "👩\u{200D}a",
            "A\u{FEFF}da",
            "A\u{85}da",
            "A\u{2028}da",
            "A\tda",
            "A\u{FFF9}da",
            "Ada\u{200B}",
            "\u{202E}adA",
            "Ada\u{200D}",
            "علی\u{200C}",
            "👩\u{200D}",
        ];
        for text in refused {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn spaces_around_a_name_are_removed() {
        for around in ["\u{A0}Ada\u{A0}", "\u{2800}Ada\u{2800}", "Ada\r\n", "\u{3000}Ada\u{2003}"] {
            assert_eq!(parse(around).as_deref(), Some("Ada"), "{around:?}");
        }
    }
}
