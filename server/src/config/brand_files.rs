//! Files of the operator that pages show: the logo and the theme. Read and checked at start.

use std::{fmt, path::Path, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};

use crate::text_file;

/// Not more than a page of ours.
const MAX_LOGO_BYTES: usize = 64 * 1024;
const MAX_THEME_BYTES: usize = 64 * 1024;

/// A file with a hash of its contents in its URL.
#[derive(Clone, Eq, PartialEq)]
pub struct BrandFile {
    pub content: Arc<[u8]>,
    pub media_type: &'static str,
    /// The last segment of its path: `logo.5feceb66ffc86f38.svg`.
    pub name: String,
}

impl BrandFile {
    fn new(kind: &str, extension: &str, media_type: &'static str, content: Vec<u8>) -> Self {
        let hash = hex::encode(&digest(&SHA256, &content).as_ref()[..8]);
        Self { name: format!("{kind}.{hash}.{extension}"), media_type, content: content.into() }
    }

    pub fn path(&self) -> String {
        format!("/brand/{}", self.name)
    }

    /// Width and height of a PNG in pixels.
    pub fn png_size(&self) -> Option<(u32, u32)> {
        let header = self.content.get(..24).filter(|header| header.starts_with(PNG_SIGNATURE))?;
        let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
        Some((number(16)?, number(20)?))
    }
}

impl fmt::Debug for BrandFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

pub(super) fn logo(path: &str) -> Result<BrandFile, String> {
    let bytes = read(path, MAX_LOGO_BYTES)?;
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    if bytes.starts_with(PNG_SIGNATURE) {
        Ok(BrandFile::new("logo", "png", "image/png", bytes))
    } else if is_webp {
        Ok(BrandFile::new("logo", "webp", "image/webp", bytes))
    } else if is_svg(&bytes) {
        Ok(BrandFile::new("logo", "svg", "image/svg+xml", bytes))
    } else {
        Err(format!("{path}: is not an SVG with `xmlns=\"http://www.w3.org/2000/svg\"`, a PNG or a WebP"))
    }
}

/// Without the namespace, browsers show no image.
fn is_svg(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let text = text_file::without_bom(text).trim_start();
    let is_xml = ["<svg", "<?xml", "<!--", "<!DOCTYPE svg"].iter().any(|start| text.starts_with(start));
    is_xml && text.contains("<svg") && text.contains("http://www.w3.org/2000/svg")
}

pub(super) fn theme(path: &str) -> Result<BrandFile, String> {
    let bytes = read(path, MAX_THEME_BYTES)?;
    if str::from_utf8(&bytes).is_err() {
        return Err(format!("{path}: is not UTF-8 text"));
    }
    Ok(BrandFile::new("theme", "css", "text/css; charset=utf-8", bytes))
}

fn read(path: &str, max_bytes: usize) -> Result<Vec<u8>, String> {
    let bytes = text_file::read_bytes(Path::new(path))?.ok_or_else(|| format!("{path:?} does not exist"))?;
    if bytes.is_empty() {
        return Err(format!("{path}: is empty"));
    }
    if bytes.len() > max_bytes {
        return Err(format!("{path}: has {} bytes; at most {max_bytes} are allowed", bytes.len()));
    }
    Ok(bytes)
}

/// What a theme refers to and pages do not load, because it is not of this origin.
pub(super) fn blocked_reference(theme: &BrandFile) -> Option<&str> {
    let text = str::from_utf8(&theme.content).ok()?;
    let references = text.match_indices("url(").chain(text.match_indices("@import"));
    let mut references = references.map(|(at, start)| {
        let target = text[at + start.len()..].trim_start_matches([' ', '"', '\'', '\t', '\n']);
        target.split([')', '"', '\'', ' ', ';', '\n']).next().unwrap_or_default()
    });
    references.find(|target| target.starts_with("//") || target.contains("://") || target.starts_with("data:"))
}
