//! The brand's accent color: its shades in both color schemes, and whether it can be read there.

use super::Config;
use crate::model::color::Color;

/// WCAG 2.2 AA, of text.
const MIN_CONTRAST: f64 = 4.5;

/// A color scheme of `style/tokens.css`.
struct Scheme {
    /// `--canvas` and `--surface`.
    surfaces: [Color; 2],
    /// What accents stand out from their surfaces by getting closer to.
    ink: Color,
}

const LIGHT: Scheme = Scheme { surfaces: [Color::rgb(0xfc, 0xfc, 0xfa), Color::WHITE], ink: Color::BLACK };

const DARK: Scheme =
    Scheme { surfaces: [Color::rgb(0x12, 0x15, 0x16), Color::rgb(0x19, 0x1d, 0x1e)], ink: Color::WHITE };

impl Scheme {
    /// The worst contrast on a surface.
    fn contrast(&self, accent: Color) -> f64 {
        self.surfaces.map(|surface| surface.contrast(accent)).into_iter().fold(f64::INFINITY, f64::min)
    }

    /// The accent, or the nearest shade that can be read.
    fn readable(&self, accent: Color) -> Color {
        let shades = (0..=100).map(|percent| accent.mixed(self.ink, percent));
        shades.into_iter().find(|shade| self.contrast(*shade) >= MIN_CONTRAST).unwrap_or(self.ink)
    }

    /// The tokens that an accent decides.
    fn tokens(&self, accent: Color) -> String {
        let natural = if self.ink == Color::BLACK { Color::WHITE } else { Color::BLACK };
        let other = if natural == Color::WHITE { Color::BLACK } else { Color::WHITE };
        let is_natural = accent.contrast(natural) >= MIN_CONTRAST || accent.contrast(natural) >= accent.contrast(other);
        let on_accent = if is_natural { natural } else { other };
        // Away from the text on it.
        let strong = accent.mixed(if on_accent == Color::WHITE { Color::BLACK } else { Color::WHITE }, 25);
        // A background for text in the accent.
        let softs = (0..=12).rev().map(|percent| self.surfaces[1].mixed(accent, percent));
        let soft = softs.into_iter().find(|soft| soft.contrast(accent) >= MIN_CONTRAST).unwrap_or(self.surfaces[1]);
        format!(":root{{--accent:{accent};--accent-strong:{strong};--accent-soft:{soft};--on-accent:{on_accent}}}")
    }
}

impl Config {
    /// The style of the brand's accent, which replaces the tokens of `style/tokens.css`.
    pub(super) fn accent_tokens(&self) -> String {
        let light = self.brand_accent.map(|accent| LIGHT.tokens(accent)).unwrap_or_default();
        // A dark accent is lightened: one color rarely serves both schemes.
        let dark = self.brand_accent_dark.or_else(|| self.brand_accent.map(|accent| DARK.readable(accent)));
        let dark = dark.map(|accent| format!("@media(prefers-color-scheme:dark){{{}}}", DARK.tokens(accent)));
        light + &dark.unwrap_or_default()
    }

    pub(super) fn unreadable_accents(&self) -> impl Iterator<Item = String> {
        let accents = [
            ("brand_accent", self.brand_accent, LIGHT, "light"),
            ("brand_accent_dark", self.brand_accent_dark, DARK, "dark"),
        ];
        accents.into_iter().filter_map(|(key, accent, scheme, name)| {
            let accent = accent?;
            let contrast = scheme.contrast(accent);
            (contrast < MIN_CONTRAST).then(|| {
                format!(
                    "{key}: the contrast of {accent} with the {name} pages is {}:1, below the 4.5:1 of WCAG AA; {} is \
                     readable",
                    two_decimals(contrast),
                    scheme.readable(accent)
                )
            })
        })
    }
}

/// Rounded down: 4.498 is not 4.5.
fn two_decimals(ratio: f64) -> String {
    format!("{:.2}", (ratio * 100.0).floor() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surfaces_are_those_of_the_style_sheet() {
        let tokens = include_str!("../../../style/tokens.css");
        let (light, dark) = tokens.split_once("@media").expect("both schemes");
        for (scheme, text) in [(LIGHT, light), (DARK, dark)] {
            for (name, color) in ["canvas", "surface"].into_iter().zip(scheme.surfaces) {
                assert!(text.contains(&format!("--{name}: {color};")), "--{name}: {color}");
            }
        }
    }

    /// Every hue, from dark to bright.
    #[test]
    fn text_on_an_accent_and_an_accent_on_its_backgrounds_can_be_read() {
        let levels = [0, 51, 102, 153, 204, 255];
        for (red, green, blue) in every_color(&levels) {
            let accent = Color::rgb(red, green, blue);
            for scheme in [LIGHT, DARK] {
                let readable = scheme.readable(accent);
                let tokens = scheme.tokens(readable);
                let token = |name: &str| -> Color {
                    let (_, rest) = tokens.split_once(&format!("--{name}:")).expect(name);
                    rest[..7].parse().expect("a color")
                };
                let contrasts = [
                    token("on-accent").contrast(readable),
                    token("on-accent").contrast(token("accent-strong")),
                    token("accent-soft").contrast(readable),
                    scheme.contrast(readable),
                ];
                assert!(contrasts.iter().all(|contrast| *contrast >= MIN_CONTRAST), "{accent}: {tokens} {contrasts:?}");
            }
        }
    }

    fn every_color(levels: &[u8]) -> impl Iterator<Item = (u8, u8, u8)> {
        levels.iter().flat_map(move |r| levels.iter().flat_map(move |g| levels.iter().map(move |b| (*r, *g, *b))))
    }
}
