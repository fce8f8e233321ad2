//! Colors in sRGB, and their contrast (WCAG 2.2, "relative luminance" and "contrast ratio").

use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Color([u8; 3]);

impl Color {
    pub const BLACK: Self = Self([0; 3]);
    pub const WHITE: Self = Self([255; 3]);

    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// From 1 (equal) to 21 (black on white).
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// This color with `percent` of another one in it.
    #[must_use]
    pub fn mixed(self, other: Self, percent: u8) -> Self {
        let percent = u32::from(percent.min(100));
        let mix = |own: u8, other: u8| {
            let sum = u32::from(own) * (100 - percent) + u32::from(other) * percent;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        let (Self([r, g, b]), Self([other_r, other_g, other_b])) = (self, other);
        Self([mix(r, other_r), mix(g, other_g), mix(b, other_b)])
    }

    fn luminance(self) -> f64 {
        let linear = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
}

impl FromStr for Color {
    type Err = ();

    /// `#0b6653` or `#0a5`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix('#').ok_or(())?;
        let digits: Vec<u8> =
            digits.chars().map(|digit| digit.to_digit(16)).map(to_byte).collect::<Option<_>>().ok_or(())?;
        match digits[..] {
            [r, g, b] => Ok(Self([r * 17, g * 17, b * 17])),
            [r1, r2, g1, g2, b1, b2] => Ok(Self([r1 * 16 + r2, g1 * 16 + g2, b1 * 16 + b2])),
            _ => Err(()),
        }
    }
}

fn to_byte(digit: Option<u32>) -> Option<u8> {
    u8::try_from(digit?).ok()
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([r, g, b]) = self;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::Color;

    #[test]
    fn a_color_is_three_or_six_hexadecimal_digits() {
        for (text, color) in [("#0a5", "#00aa55"), ("#0B6653", "#0b6653"), ("#fff", "#ffffff")] {
            assert_eq!(text.parse::<Color>().map(|color| color.to_string()).as_deref(), Ok(color));
        }
        for text in ["", "#", "0b6653", "#0b66", "#0b66531", "#0b665g", "green", "rgb(0,0,0)", "#äää"] {
            assert_eq!(text.parse::<Color>(), Err(()), "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let of = |a: Color, b: Color| format!("{:.2}", a.contrast(b));
        assert_eq!(of(Color::BLACK, Color::WHITE), "21.00");
        assert_eq!(of(Color::WHITE, Color::WHITE), "1.00");
        assert_eq!(of(Color::rgb(0x77, 0x77, 0x77), Color::WHITE), "4.48");
        assert_eq!(of(Color::rgb(0x76, 0x76, 0x76), Color::WHITE), "4.54");
    }

    #[test]
    fn a_mixed_color_is_between_both() {
        assert_eq!(Color::BLACK.mixed(Color::WHITE, 0), Color::BLACK);
        assert_eq!(Color::BLACK.mixed(Color::WHITE, 100), Color::WHITE);
        assert_eq!(Color::BLACK.mixed(Color::WHITE, 50), Color::rgb(128, 128, 128));
    }
}
