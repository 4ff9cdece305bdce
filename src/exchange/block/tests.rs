use super::*;

/// 2023-11-14 22:13:20 UTC: 40 s before the full minute.
const NOW: i64 = 1_700_000_000_000;

#[test]
fn ends() {
    use Kind::{Banned, Firewall, RateLimit};
    let ban = format!("Way too many requests; IP banned until {}.", NOW + 300_000);
    let past = format!("IP banned until {}", NOW - 300_000);
    let far = format!("IP banned until {}", i64::MAX);
    let date = "Tue, 14 Nov 2023 22:23:20 GMT";
    #[rustfmt::skip]
    let cases: &[(Kind, Option<&str>, &str, u32, f64)] = &[
        (RateLimit, Some("7"),      "",    0, 7.0),
        (RateLimit, Some(" 7 "),    "",    0, 7.0),
        (RateLimit, Some("0"),      "",    0, 1.0),
        (RateLimit, Some(date),     "",    0, 600.0),
        (RateLimit, None,           "",    0, 40.0),
        (RateLimit, Some("soon"),   "",    0, 40.0),
        (RateLimit, Some("-5"),     "",    0, 40.0),
        (RateLimit, Some("7"),      &ban,  0, 300.0),
        (Banned,    None,           "",    0, 120.0),
        (Banned,    None,           &ban,  0, 300.0),
        (Banned,    Some("600"),    &ban,  0, 600.0),
        (Banned,    Some("6"),      &ban,  0, 300.0),
        (Banned,    None,           &past, 0, 1.0),
        (Banned,    None,           &far,  0, 259_200.0),
        (Banned,    Some("9999999"), "",   0, 259_200.0),
        (Banned,    None, "IP banned until tomorrow", 0, 120.0),
        (Banned,    None, "ip BANNED UNTIL  99999999999999999999", 0, 120.0),
        (Firewall,  None,           "",    0, 60.0),
        (Firewall,  None,           "",    1, 120.0),
        (Firewall,  None,           "",    4, 960.0),
        (Firewall,  None,           "",    5, 1800.0),
        (Firewall,  None,           "",   99, 1800.0),
        (Firewall,  Some("90"),     "",   99, 90.0),
    ];
    for &(kind, retry_after, body, before, seconds) in cases {
        let refusal = Refusal {
            kind,
            retry_after,
            body,
        };
        let pause = refusal.pause(NOW, before).as_secs_f64();
        assert!((pause - seconds).abs() < 1e-9, "{refusal:?} {pause}");
    }
}

#[test]
fn at_the_full_minute_the_whole_next_one_is_waited_for() {
    let refusal = refusal(Kind::RateLimit, None);
    assert_eq!(refusal.pause(NOW + 40_000, 0), MINUTE);
    assert_eq!(refusal.pause(NOW + 39_999, 0), SHORTEST);
}

#[test]
fn a_stop_ends_and_is_never_shortened() {
    let block = Block::default();
    let now = Instant::now();
    assert_eq!(block.hold(now), None);
    let long = block.refused(&refusal(Kind::Banned, Some("60")), NOW, now);
    let same = block.refused(&refusal(Kind::RateLimit, Some("5")), NOW, now);
    assert_eq!(same, long);
    assert_eq!(block.hold(now + Duration::from_secs(59)), Some(long));
    assert_eq!(block.hold(now + MINUTE), None);
}

#[test]
fn the_firewall_pauses_grow_until_a_success() {
    let block = Block::default();
    let firewall = refusal(Kind::Firewall, None);
    let mut now = Instant::now();
    let refuse = |now: &mut Instant| {
        let until = block.refused(&firewall, NOW, *now).until;
        block.succeeded(*now);
        let pause = until - *now;
        *now = until;
        pause
    };
    assert_eq!(refuse(&mut now), MINUTE);
    assert_eq!(refuse(&mut now), 2 * MINUTE);
    assert_eq!(refuse(&mut now), 4 * MINUTE);
    block.succeeded(now);
    assert_eq!(refuse(&mut now), MINUTE);
}

#[test]
fn refusals_under_way_together_count_once() {
    let block = Block::default();
    let now = Instant::now();
    let first = block.refused(&refusal(Kind::Firewall, None), NOW, now);
    let second = block.refused(&refusal(Kind::Firewall, None), NOW, now);
    assert_eq!(first, second);
}

fn refusal(kind: Kind, retry_after: Option<&str>) -> Refusal<'_> {
    Refusal {
        kind,
        retry_after,
        body: "",
    }
}
