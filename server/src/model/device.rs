//! The browser and operating system of a session, as shown to users.

use doorward_api as api;
use woothee::parser::Parser;

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Device {
    /// For example `Firefox`.
    pub browser: String,
    /// For example `Linux`.
    pub os: String,
}

impl From<Device> for api::Device {
    fn from(device: Device) -> Self {
        Self { browser: device.browser, os: device.os }
    }
}

impl Device {
    /// Parses the `User-Agent` header. The names come from a fixed list, never from the header's own text.
    pub fn from_user_agent(text: &str) -> Self {
        // Browsers send about 200 bytes; the limit bounds the work of parsing.
        let text = text.get(..512).unwrap_or(text.get(..text.floor_char_boundary(512)).unwrap_or(""));
        let Some(parsed) = Parser::new().parse(text) else {
            return Self { browser: "Unknown browser".into(), os: "Unknown system".into() };
        };
        let known = |name: &str, otherwise: &str| if name == "UNKNOWN" { otherwise } else { name }.to_owned();
        let os = match parsed.os {
            "Mac OSX" => "macOS",
            "iPhone" | "iPad" | "iPod" => parsed.os,
            os if os.starts_with("Windows") => "Windows",
            os => os,
        };
        Self { browser: known(parsed.name, "Unknown browser"), os: known(os, "Unknown system") }
    }
}

#[cfg(test)]
mod tests {
    use super::Device;

    #[test]
    fn a_user_agent_is_reduced_to_browser_and_system() {
        let examples = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome",
                "Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
                "Safari",
                "macOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome",
                "Android",
            ),
            ("<script>alert(1)</script>", "Unknown browser", "Unknown system"),
            ("", "Unknown browser", "Unknown system"),
        ];
        for (text, browser, os) in examples {
            assert_eq!(Device::from_user_agent(text), Device { browser: browser.into(), os: os.into() }, "{text}");
        }
        Device::from_user_agent(&"é".repeat(1000));
    }
}
