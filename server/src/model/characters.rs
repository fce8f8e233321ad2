//! Which characters can be seen. Unicode has many that cannot, and some of them are needed to write names: joiners in
//! Persian and Sinhala, direction marks beside Hebrew, selectors in emoji and in Japanese names.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        BidiClass, CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic,
        GeneralCategory, Script, VariationSelector,
    },
};

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';
const BLACK_FLAG: char = '\u{1F3F4}';

/// Scripts whose spelling needs joiners: cursive ones and those with conjuncts.
const JOINING_SCRIPTS: [Script; 23] = [
    Script::Adlam,
    Script::Arabic,
    Script::Balinese,
    Script::Bengali,
    Script::Devanagari,
    Script::Grantha,
    Script::Gujarati,
    Script::Gurmukhi,
    Script::HanifiRohingya,
    Script::Javanese,
    Script::Kannada,
    Script::Khmer,
    Script::Malayalam,
    Script::Mongolian,
    Script::Myanmar,
    Script::Newa,
    Script::Nko,
    Script::Oriya,
    Script::Sinhala,
    Script::Syriac,
    Script::Tamil,
    Script::Telugu,
    Script::Tibetan,
];

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

fn is_default_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// A space, or a symbol without ink: the blank Braille pattern and the null notehead.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2800}' | '\u{1D159}')
}

fn is_mark(c: char) -> bool {
    matches!(
        category(c),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::SpacingMark
    )
}

/// Whether a character leaves ink of its own. A nonspacing mark leaves it on another character.
pub fn is_visible(c: char) -> bool {
    use GeneralCategory::{Control, EnclosingMark, Format, NonspacingMark, PrivateUse, Surrogate};
    !is_blank(c)
        && !is_default_ignorable(c)
        && !matches!(category(c), Control | EnclosingMark | Format | NonspacingMark | PrivateUse | Surrogate)
}

/// Whether a character in a password counts towards its length: anything that is typed and seen, spaces included.
pub fn counts(c: char) -> bool {
    is_visible(c) || (c.is_whitespace() && !c.is_control()) || (is_mark(c) && !is_default_ignorable(c))
}

/// The text without what cannot be seen at its ends. Copied text often has a byte order mark, a direction mark or a
/// no-break space there. Control characters stay: they are no accident of copying.
pub fn trim_invisible(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_control() && (is_blank(c) || is_default_ignorable(c)))
}

/// The text without spaces at its ends.
pub fn trim_blank(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Whether `text` has no characters but those that can be seen and those that change how their neighbors are seen.
pub fn are_readable(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let has_right_to_left = characters.iter().filter(|c| is_visible(**c)).any(|c| {
        matches!(CodePointMapData::<BidiClass>::new().get(*c), BidiClass::RightToLeft | BidiClass::ArabicLetter)
    });
    let is_readable = |at: usize| {
        let (before, c, after) = (at.checked_sub(1).map(|at| characters[at]), characters[at], characters.get(at + 1));
        match c {
            NON_JOINER | JOINER => before.is_some_and(|before| is_joined(before, c, after.copied())),
            // Without letters of that direction they change nothing.
            '\u{200E}' | '\u{200F}' | '\u{61C}' => has_right_to_left,
            _ if is_tag(c) => before.is_some_and(|before| before == BLACK_FLAG || is_tag(before)),
            _ if is_default_ignorable(c) => before.is_some_and(|before| is_selected(before, c)),
            _ => is_blank(c) && !c.is_control() || is_visible(c) || is_mark(c),
        }
    };
    (0..characters.len()).all(is_readable) && !text.contains(['\u{2028}', '\u{2029}'])
}

/// Joiners stand between letters of a script that uses them (UAX #31, section 2.3), after a virama also at the end of a
/// word, and between emoji.
fn is_joined(before: char, joiner: char, after: Option<char>) -> bool {
    let is_of_script = |c: char| JOINING_SCRIPTS.contains(&script(c)) || (script(c) == Script::Inherited && is_mark(c));
    let is_emoji = |c: char| CodePointSetData::new::<ExtendedPictographic>().contains(c);
    let ends_emoji = |c: char| is_emoji(c) || is_emoji_modifier(c) || is_tag(c) || c == '\u{FE0F}';
    let ends_word = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || c.is_ascii_punctuation());
    let in_word = is_of_script(before)
        && (after.is_some_and(is_of_script) || (joiner == JOINER && is_virama(before) && ends_word(after)));
    let between_emoji = joiner == JOINER && ends_emoji(before) && after.is_some_and(is_emoji);
    in_word || between_emoji
}

/// Whether a variation selector may follow this character: an emoji, a digit of a keycap, an ideograph or a letter of the
/// scripts that have variants. In Latin, Greek and Cyrillic it changes nothing.
fn is_selected(before: char, selector: char) -> bool {
    let has_variants = !matches!(script(before), Script::Latin | Script::Greek | Script::Cyrillic);
    CodePointSetData::new::<VariationSelector>().contains(selector) && is_visible(before) && has_variants
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

fn is_emoji_modifier(c: char) -> bool {
    CodePointSetData::new::<EmojiModifier>().contains(c)
}

/// A letter in the flag of England, Scotland or Wales.
fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0020}'..='\u{E007F}')
}
