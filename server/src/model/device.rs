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

/// Clients that are no browsers, by the beginning of their user agent. The first one counts.
const PROGRAMS: [(&str, &str); 28] = [
    ("curl/", "curl"),
    ("wget/", "Wget"),
    ("httpie/", "HTTPie"),
    ("xh/", "xh"),
    ("postmanruntime/", "Postman"),
    ("insomnia/", "Insomnia"),
    ("bruno", "Bruno"),
    ("k6/", "k6"),
    ("python", "Python"),
    ("go-http-client/", "Go"),
    ("okhttp/", "OkHttp"),
    ("apache-httpclient/", "Java"),
    ("java", "Java"),
    ("axios/", "axios"),
    ("node", "Node.js"),
    ("undici", "Node.js"),
    ("deno/", "Deno"),
    ("bun/", "Bun"),
    ("ruby", "Ruby"),
    ("faraday", "Ruby"),
    ("libwww-perl/", "Perl"),
    ("perl", "Perl"),
    ("guzzlehttp/", "PHP"),
    ("php", "PHP"),
    ("dart/", "Dart"),
    ("reqwest/", "Rust"),
    ("ureq/", "Rust"),
    ("hyper/", "Rust"),
];

/// The name of a client that is no browser.
fn program(user_agent: &str) -> Option<&'static str> {
    // Like a browser, it begins with `Mozilla/5.0`.
    if user_agent.contains("PowerShell/") {
        return Some("PowerShell");
    }
    let begins_with =
        |start: &str| user_agent.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start));
    PROGRAMS.iter().find(|(start, _)| begins_with(start)).map(|(_, name)| *name)
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
        let known = |name: &str, otherwise: &str| if name == "UNKNOWN" { otherwise } else { name }.to_owned();
        let parsed = Parser::new().parse(text);
        let (browser, os) = parsed.map_or(("UNKNOWN", "UNKNOWN"), |parsed| (parsed.name, parsed.os));
        let browser = match browser {
            "HTTP Library" => "HTTP client",
            browser => browser,
        };
        let os = match os {
            "Mac OSX" => "macOS",
            os if os.starts_with("Windows") => "Windows",
            os => os,
        };
        Self { browser: known(program(text).unwrap_or(browser), "Unknown browser"), os: known(os, "Unknown system") }
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
            (
                "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari",
                "iPad",
            ),
            ("curl/8.14.1", "curl", "Unknown system"),
            ("Wget/1.25.0", "Wget", "Unknown system"),
            ("HTTPie/3.2.4", "HTTPie", "Unknown system"),
            ("python-requests/2.32.5", "Python", "Unknown system"),
            ("Python/3.13 aiohttp/3.12.15", "Python", "Unknown system"),
            ("Go-http-client/2.0", "Go", "Unknown system"),
            ("PostmanRuntime/7.48.0", "Postman", "Unknown system"),
            ("Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.26100.1", "PowerShell", "Windows"),
            ("<script>alert(1)</script>", "Unknown browser", "Unknown system"),
            ("", "Unknown browser", "Unknown system"),
        ];
        for (text, browser, os) in examples {
            assert_eq!(Device::from_user_agent(text), Device { browser: browser.into(), os: os.into() }, "{text}");
        }
        Device::from_user_agent(&"é".repeat(1000));
    }
}
