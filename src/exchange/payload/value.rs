//! Single values as the exchange sends them: numbers as strings or numbers, bools as strings, exact throughout.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

/// The most decimal places a [`Decimal`] can hold.
const MAX_SCALE: i64 = 28;

/// Why a value could not be read: what was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// The text of a JSON string, or of a number as it was written.
///
/// # Errors
/// When the value is neither.
pub fn text(raw: &RawValue) -> Result<Cow<'_, str>, Unreadable> {
    let json = raw.get();
    match json.as_bytes().first() {
        Some(b'"') => {
            serde_json::from_str::<String>(json).map_or(Err(Unreadable("text")), |s| Ok(s.into()))
        }
        Some(b'-' | b'0'..=b'9') => Ok(Cow::Borrowed(json)),
        _ => Err(Unreadable("text")),
    }
}

/// An exact decimal: `"122607.35137903"`, `0.1`, `"1.2E7"`.
///
/// # Errors
/// When it is no number (`NaN`, `""`), or has more digits than 96 bits hold: it is never rounded.
pub fn decimal(raw: &RawValue) -> Result<Decimal, Unreadable> {
    const DUE: Unreadable = Unreadable("a decimal number");
    parse_decimal(text(raw).map_err(|_| DUE)?.trim()).ok_or(DUE)
}

/// A whole number, of up to 19 digits.
///
/// # Errors
/// When it is no whole number of 64 bits.
pub fn integer(raw: &RawValue) -> Result<i64, Unreadable> {
    const DUE: Unreadable = Unreadable("a whole number");
    let text = text(raw).map_err(|_| DUE)?;
    let text = text.trim();
    text.parse().or_else(|_| {
        let number = parse_decimal(text).filter(Decimal::is_integer).ok_or(DUE)?;
        i64::try_from(number).map_err(|_| DUE)
    })
}

/// `true` or `false`, also as a string and in any letter case.
///
/// # Errors
/// When it is neither.
pub fn boolean(raw: &RawValue) -> Result<bool, Unreadable> {
    let word = raw.get().trim_matches('"');
    match () {
        () if word.eq_ignore_ascii_case("true") => Ok(true),
        () if word.eq_ignore_ascii_case("false") => Ok(false),
        () => Err(Unreadable("true or false")),
    }
}

fn parse_decimal(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    // The library also takes underscores and bare signs or dots; the exchange never means those.
    if !mantissa.bytes().any(|b| b.is_ascii_digit()) || mantissa.contains('_') {
        return None;
    }
    let number = Decimal::from_str_exact(mantissa).ok()?;
    if exponent == 0 {
        return Some(number);
    }
    shift(number.normalize(), i64::from(exponent))
}

/// `number × 10^exponent`, exactly or not at all.
fn shift(mut number: Decimal, exponent: i64) -> Option<Decimal> {
    if number.is_zero() {
        return Some(number);
    }
    let scale = i64::from(number.scale()) - exponent;
    if !(-MAX_SCALE..=MAX_SCALE).contains(&scale) {
        return None;
    }
    number.set_scale(u32::try_from(scale.max(0)).ok()?).ok()?;
    let factor =
        Decimal::from_i128_with_scale(10_i128.pow(u32::try_from((-scale).max(0)).ok()?), 0);
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).expect("JSON")
    }

    fn shown(json: &str) -> Option<String> {
        decimal(&raw(json)).ok().map(|d| d.to_string())
    }

    #[test]
    fn decimals_in_every_spelling_seen() {
        let cases = [
            (r#""122607.35137903""#, Some("122607.35137903")),
            (r#""35.0112029814204""#, Some("35.0112029814204")),
            ("0.1", Some("0.1")),
            ("-0.00000001", Some("-0.00000001")),
            (r#"" 7 ""#, Some("7")),
            (r#""0.00000000""#, Some("0.00000000")),
            (r#""1.2E7""#, Some("12000000")),
            ("1.2e+7", Some("12000000")),
            (r#""1E-8""#, Some("0.00000001")),
            (r#""0E-50""#, Some("0")),
            (r#""9007199254740993""#, Some("9007199254740993")),
            (
                "0.12345678901234567890123456",
                Some("0.12345678901234567890123456"),
            ),
            (r#""1E40""#, None),
            (r#""1E-40""#, None),
            (r#""1E99999999999""#, None),
            (r#""NaN""#, None),
            (r#""Infinity""#, None),
            (r#""""#, None),
            (r#"".""#, None),
            (r#""1_000""#, None),
            (r#""1,5""#, None),
            (r#""0.12345678901234567890123456789012""#, None),
            ("true", None),
            ("[]", None),
        ];
        for (json, expected) in cases {
            assert_eq!(shown(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn ids_times_bools_and_text() {
        assert_eq!(integer(&raw("9223372036854775807")), Ok(i64::MAX));
        assert_eq!(
            integer(&raw(r#""1234567890123456789""#)),
            Ok(1_234_567_890_123_456_789)
        );
        assert_eq!(integer(&raw("1.7E12")), Ok(1_700_000_000_000));
        assert!(integer(&raw("1.5")).is_err());
        assert!(integer(&raw("99999999999999999999")).is_err());
        assert_eq!(boolean(&raw(r#""true""#)), Ok(true));
        assert_eq!(boolean(&raw("false")), Ok(false));
        assert!(boolean(&raw("1")).is_err());
        assert_eq!(text(&raw(r#""\u5e01安""#)).as_deref(), Ok("币安"));
        assert!(text(&raw("{}")).is_err());
    }

    proptest! {
        #[test]
        fn a_decimal_written_any_way_reads_the_same(mantissa in any::<i64>(), scale in 0_u32..=28, shift in -9_i32..=9) {
            let number = Decimal::from_i128_with_scale(i128::from(mantissa), scale);
            let plain = shown(&format!("\"{number}\"")).expect("plain");
            prop_assert_eq!(&plain, &number.to_string());
            let exponent = i64::from(shift) - i64::from(scale);
            let scientific = shown(&format!("\"{mantissa}E{exponent}\""));
            if let Some(text) = scientific {
                let expected = number.checked_mul(Decimal::from_scientific(&format!("1e{shift}")).expect("small"));
                prop_assert_eq!(Some(text.parse::<Decimal>().expect("number")), expected);
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let json = serde_json::to_string(&text).expect("string");
            let raw = raw(&json);
            let _ = (decimal(&raw), integer(&raw), boolean(&raw));
        }
    }
}
