//! The operator's brand: each bad value is refused with its key, or causes a warning.

use std::fs;

use tempfile::TempDir;

use super::read;

const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>"#;

fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("written");
    }
    folder
}

#[test]
fn without_settings_the_brand_is_doorward() {
    let config = read("", &[], &[]).expect("the defaults are valid");
    assert_eq!(config.brand_name, "Doorward");
    assert!(config.brand_logo.is_none() && config.theme.is_none() && config.home.is_none() && !config.demo);
    assert_eq!(config.accent_style, "");
}

#[test]
fn an_invalid_value_is_one_line_that_names_the_key() {
    let long = "x".repeat(41);
    let invalid = [
        ("brand_name", ""),
        ("brand_name", "   "),
        ("brand_name", "Ac\\nme"),
        ("brand_name", "Ac\u{202E}me"),
        ("brand_name", long.as_str()),
        ("brand_accent", "green"),
        ("brand_accent", "#12345"),
        ("brand_accent", "#00f; } body { display: none"),
        ("brand_accent_dark", "rgb(0 0 0)"),
        ("support_url", "javascript:alert(1)"),
        ("support_url", "data:text/html,x"),
        ("support_url", "http://acme.example/help"),
        ("support_url", "mailto:help"),
        ("support_url", "acme.example/help"),
        ("terms_url", "//acme.example/terms"),
        ("terms_url", "https://user:password@acme.example/terms"),
        ("terms_url", "https://acme.example/the terms"),
        ("privacy_url", "/..//acme.example"),
        ("privacy_url", ""),
        ("home", "mailto:home@acme.example"),
        ("home", "http://acme.example/"),
        ("home", "/login"),
        ("home", "/logout"),
        ("home", "//acme.example"),
        ("home", "/\\\\acme.example"),
        ("demo", "perhaps"),
        ("brand_logo", ""),
        ("brand_logo", "/nowhere/logo.svg"),
        ("theme", "/nowhere/theme.css"),
        ("theme", "/"),
    ];
    for (key, value) in invalid {
        let toml = format!("{key} = \"{value}\"");
        let error = read(&toml, &[], &[]).expect_err(&toml);
        assert!(error.starts_with(&format!("{key}: ")) && !error.contains('\n'), "{toml}: {error}");
    }
    let own = "public_url = \"https://login.acme.example\"\nhome = \"https://login.acme.example/login\"";
    assert!(read(own, &[], &[]).expect_err("a loop").starts_with("home: is on the origin of `public_url`"));
}

#[test]
fn links_are_of_an_allowed_scheme_or_paths() {
    for (key, value) in [
        ("support_url", "mailto:help@acme.example?subject=Login"),
        ("support_url", "https://acme.example/help#login"),
        ("terms_url", "/terms?lang=en"),
        ("privacy_url", "http://localhost:4000/privacy"),
        ("home", "/"),
        ("home", "/orders"),
        ("home", "https://acme.example"),
        ("home", "http://127.0.0.1:4000/"),
    ] {
        let toml = format!("{key} = \"{value}\"");
        assert!(read(&toml, &[], &[]).is_ok(), "{toml}");
    }
}

#[test]
fn a_logo_is_an_svg_a_png_or_a_webp_of_bounded_size() {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\xb4\0\0\0\x40".to_vec();
    png.extend([0; 16]);
    let folder = folder_with(&[
        ("a.svg", SVG.as_bytes()),
        ("b.svg", format!("\u{FEFF}<?xml version=\"1.0\"?>\n<!-- a -->{SVG}").as_bytes()),
        ("a.png", &png),
        ("misnamed.txt", b"RIFF\x10\0\0\0WEBPVP8 "),
        ("page.svg", b"<html><script>alert(1)</script></html>"),
        ("no-namespace.svg", b"<svg><path/></svg>"),
        ("a.gif", b"GIF89a"),
        ("empty.svg", b""),
        ("large.svg", (SVG.to_owned() + &" ".repeat(64 * 1024)).as_bytes()),
    ]);
    let logo = |name: &str| {
        let path = folder.path().join(name);
        read(&format!("brand_logo = {:?}", path.display().to_string()), &[], &[])
    };
    for (name, extension) in [("a.svg", ".svg"), ("b.svg", ".svg"), ("a.png", ".png"), ("misnamed.txt", ".webp")] {
        let logo = logo(name).expect(name).brand_logo.expect("a logo");
        assert!(logo.path().starts_with("/brand/logo.") && logo.path().ends_with(extension), "{logo:?}");
    }
    assert_eq!(logo("a.png").expect("a PNG").brand_logo.and_then(|logo| logo.png_size()), Some((180, 64)));
    for name in ["page.svg", "no-namespace.svg", "a.gif", "empty.svg", "large.svg", "absent.svg"] {
        let error = logo(name).expect_err(name);
        assert!(error.starts_with("brand_logo: ") && error.contains(name), "{error}");
    }
}

#[test]
fn an_accent_that_is_hard_to_read_is_warned_of_with_its_contrast() {
    let warnings = |toml: &str| read(toml, &[], &[]).expect(toml).warnings();
    for sound in ["brand_accent = \"#0b6653\"", "brand_accent = \"#00c\"\nbrand_accent_dark = \"#9cf\""] {
        assert_eq!(warnings(sound), [] as [&str; 0], "{sound}");
    }
    for (toml, key, ratio) in [
        ("brand_accent = \"#ff8800\"", "brand_accent: ", "2.3"),
        ("brand_accent = \"#ffffff\"", "brand_accent: ", "1.00:1"),
        ("brand_accent = \"#777\"", "brand_accent: ", "4.3"),
        ("brand_accent_dark = \"#333399\"", "brand_accent_dark: ", "1."),
    ] {
        let warnings = warnings(toml);
        assert!(warnings.len() == 1 && warnings[0].starts_with(key) && warnings[0].contains(ratio), "{warnings:?}");
    }
}

#[test]
fn an_accent_decides_its_shades_in_both_schemes() {
    let style = |toml: &str| read(toml, &[], &[]).expect(toml).accent_style;
    let both = style("brand_accent = \"#00c\"");
    assert!(both.starts_with(":root{--accent:#0000cc;") && both.contains("--on-accent:#ffffff}"), "{both}");
    let (_, dark) = both.split_once("@media(prefers-color-scheme:dark)").expect("both schemes");
    assert!(!dark.contains("--accent:#0000cc"), "it is lightened: {dark}");
    let bright = style("brand_accent = \"#ffd500\"");
    assert!(bright.contains("--on-accent:#000000}@media"), "{bright}");
    let chosen = style("brand_accent = \"#00c\"\nbrand_accent_dark = \"#99ccff\"");
    assert!(chosen.contains("dark){:root{--accent:#99ccff;"), "{chosen}");
}

#[test]
fn a_theme_that_refers_to_other_origins_is_warned_of() {
    let folder = folder_with(&[
        ("own.css", b":root { --radius: 0 } body { background: url('/brand/logo.svg') }"),
        ("font.css", b"@import url(\"https://fonts.example/a.css\");"),
        ("import.css", b"@import 'https://fonts.example/a.css';"),
        ("image.css", b"body { background: url( //cdn.example/a.png) }"),
        ("data.css", b"body { background: url(data:image/png;base64,AAAA) }"),
        ("latin-1.css", b"/* \xE9 */"),
    ]);
    let with = |name: &str| {
        let path = folder.path().join(name);
        read(&format!("theme = {:?}", path.display().to_string()), &[], &[])
    };
    assert_eq!(with("own.css").expect("a theme").warnings(), [] as [&str; 0]);
    for name in ["font.css", "import.css", "image.css", "data.css"] {
        let warnings = with(name).expect(name).warnings();
        assert!(warnings.len() == 1 && warnings[0].starts_with("theme: "), "{name}: {warnings:?}");
    }
    assert!(with("latin-1.css").expect_err("no text").contains("is not UTF-8"));
}
