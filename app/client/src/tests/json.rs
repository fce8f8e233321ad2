//! The small deserializer accepts what `serde_json` accepts, with the same result.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::json::read;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Point,
    Circle(f64),
    Line(i8, i8),
    Box { width: u64, label: Option<String> },
}

#[derive(Debug, Deserialize, PartialEq)]
struct Number(u32);

#[derive(Debug, Deserialize, PartialEq)]
struct Sheet {
    title: String,
    shapes: Vec<Shape>,
    names: BTreeMap<u32, char>,
    #[serde(default)]
    number: Option<Number>,
    pair: (bool, f32),
    nothing: (),
}

fn sheet() -> serde_json::Value {
    json!({
        "title": "\u{1f6aa} \"ajar\"\n",
        "shapes": ["point", {"circle": -1.5}, {"circle": 2}, {"line": [-3, 4]}, {"box": {"width": u64::MAX}}],
        "names": {"7": "ü", "12": "b"},
        "number": 3,
        "pair": [true, 0.25],
        "nothing": null,
        "added in a later version": [{"a": {}}, [], 1e300],
    })
}

#[test]
fn values_deserialize_as_with_serde_json() {
    let text = sheet().to_string();
    let expected: Sheet = serde_json::from_str(&text).expect("a sheet");
    assert_eq!(read(text.as_bytes()), Some(expected));
    assert_eq!(read(b" [1, -2, 3.5, null] "), Some(vec![Some(1.0), Some(-2.0), Some(3.5), None]));
    assert_eq!(read(b"null"), Some(()));
}

#[test]
fn missing_members_surplus_items_and_wrong_types_fail() {
    for (field, value) in [
        ("title", json!(null)),
        ("shapes", json!({})),
        ("shapes", json!(["sphere"])),
        ("shapes", json!([{"point": 1}])),
        ("shapes", json!([{"line": [1, 2, 3]}])),
        ("shapes", json!([{"line": [1, 200]}])),
        ("shapes", json!([{"circle": 1, "point": null}])),
        ("names", json!({"seven": "s"})),
        ("number", json!(-1)),
        ("pair", json!([true])),
        ("nothing", json!(0)),
    ] {
        let mut sheet = sheet();
        sheet[field] = value;
        assert_eq!(read::<Sheet>(sheet.to_string().as_bytes()), None, "{sheet}");
    }
    let mut untitled = sheet();
    untitled.as_object_mut().expect("fields").remove("title");
    assert_eq!(read::<Sheet>(untitled.to_string().as_bytes()), None);
}

#[test]
fn invalid_json_fails() {
    for text in ["", "{", "[1,]", "nul", "1 2", "\"\\x\"", "\u{feff}1", "[1]]"] {
        assert_eq!(read::<Vec<f64>>(text.as_bytes()), None, "{text}");
    }
    assert_eq!(read::<Vec<f64>>("[".repeat(100_000).as_bytes()), None);
    assert_eq!(read::<String>(b"\"\xff\""), None);
    assert_eq!(read::<BTreeMap<String, u8>>(br#"{"a": 1, "b": 2}"#).map(|map| map.len()), Some(2));
}
