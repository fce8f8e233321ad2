//! Which characters can be seen. Unicode has many that cannot, and some of them are needed to write names: joiners in
//! Persian and Sinhala, direction marks beside Hebrew, selectors in emoji and in Japanese names.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        BidiClass, CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic,
        GeneralCategory, GraphemeClusterBreak, IndicSyllabicCategory, JoiningType, LineBreak, Script,
        VariationSelector,
    },
};

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';
const BLACK_FLAG: char = '\u{1F3F4}';

const ZERO_WIDTH_SPACE: char = '\u{200B}';
const MONGOLIAN_VOWEL_SEPARATOR: char = '\u{180E}';
const GRAPHEME_JOINER: char = '\u{34F}';
/// Sorani Kurdish has a vowel that is typed as this letter and a non-joiner, also at the end of a word.
const HEH: char = '\u{647}';

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

fn is_default_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// A space, or a symbol without ink: the blank Braille pattern, the null notehead and the Egyptian blanks.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2800}' | '\u{1D159}' | '\u{13441}' | '\u{13442}')
}

fn is_mark(c: char) -> bool {
    matches!(
        category(c),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::SpacingMark
    )
}

/// Whether a character leaves ink of its own. A nonspacing mark leaves it on another character.
pub fn is_visible(c: char) -> bool {
    use GeneralCategory::{Control, EnclosingMark, Format, NonspacingMark, PrivateUse, Surrogate, Unassigned};
    let has_ink = match category(c) {
        Control | EnclosingMark | NonspacingMark | PrivateUse | Surrogate | Unassigned => false,
        Format => is_visible_format(c),
        _ => c != char::REPLACEMENT_CHARACTER && c != '\u{FFFC}',
    };
    has_ink && !is_blank(c) && !is_default_ignorable(c)
}

/// A sign that is written over or around the digits after it, as the Arabic signs of numbers and years are.
fn is_visible_format(c: char) -> bool {
    CodePointMapData::<GraphemeClusterBreak>::new().get(c) == GraphemeClusterBreak::Prepend
}

/// Whether a character in a password counts toward its length: anything that is typed and seen, spaces included.
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
            ZERO_WIDTH_SPACE => before.is_some_and(is_written_without_spaces),
            MONGOLIAN_VOWEL_SEPARATOR => {
                [before, after.copied()].iter().all(|c| c.is_some_and(|c| script(c) == Script::Mongolian))
            }
            GRAPHEME_JOINER => [before, after.copied()].iter().all(|c| c.is_some_and(is_mark)),
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
    let is_of_script = |c: char| has_joiners(c) || (script(c) == Script::Inherited && is_mark(c));
    let is_emoji = |c: char| CodePointSetData::new::<ExtendedPictographic>().contains(c);
    let ends_emoji = |c: char| is_emoji(c) || is_emoji_modifier(c) || is_tag(c) || c == '\u{FE0F}';
    let ends_word = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || c.is_ascii_punctuation());
    let in_word =
        is_of_script(before) && (after.is_some_and(is_of_script) || (ends_word(after) && may_end_word(before, joiner)));
    let between_emoji = joiner == JOINER && ends_emoji(before) && after.is_some_and(is_emoji);
    in_word || between_emoji
}

/// Whether a character is of a script whose spelling needs joiners: a cursive one, or one with conjuncts.
fn has_joiners(c: char) -> bool {
    use JoiningType as Joining;
    let joining = CodePointMapData::<JoiningType>::new().get(c);
    let is_cursive = matches!(joining, Joining::DualJoining | Joining::LeftJoining | Joining::RightJoining)
        || matches!(script(c), Script::Arabic | Script::Syriac | Script::Mongolian | Script::Nko);
    let is_syllabic = CodePointMapData::<IndicSyllabicCategory>::new().get(c) != IndicSyllabicCategory::Other;
    // Digits and hyphens, which all scripts share, are syllabic, too.
    (is_cursive || is_syllabic) && !matches!(script(c), Script::Common | Script::Inherited | Script::Latin)
}

fn may_end_word(before: char, joiner: char) -> bool {
    if joiner == JOINER { is_virama(before) } else { before == HEH }
}

/// Whether words of the script are divided by zero-width spaces, as in Khmer, Thai, Lao and Burmese.
fn is_written_without_spaces(c: char) -> bool {
    CodePointMapData::<LineBreak>::new().get(c) == LineBreak::ComplexContext
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
