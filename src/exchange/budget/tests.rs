use super::*;
use futures_util::FutureExt as _;
use proptest::prelude::*;

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

impl Budget {
    /// Whether a request may be sent at `now`, when nobody else waits.
    fn try_at(&self, endpoint: Endpoint, weight: u64, now: Instant) -> bool {
        let waiting = self.enqueue(Class::of(endpoint), now);
        let taken = self.lock().take(&waiting.ticket, weight, now).is_ok();
        if taken {
            drop(Permit {
                budget: self,
                weight,
            });
        }
        taken
    }

    fn waits(&self) -> usize {
        self.lock().waiting.len()
    }
}

#[test]
fn the_budget_is_half_of_the_limit_unless_it_is_configured() {
    assert_eq!(Budget::new(None).limits(), (2_400, 1_200));
    assert_eq!(Budget::new(Some(300)).limits(), (2_400, 300));
    let budget = Budget::new(None);
    budget.set_limit(6_000);
    assert_eq!(budget.limits(), (6_000, 3_000));
    // Never beyond the exchange's limit.
    assert_eq!(Budget::new(Some(9_000)).limits(), (2_400, 2_400));
}

#[test]
fn each_class_fills_its_share_and_leaves_the_rest_to_the_more_urgent() {
    let budget = Budget::new(Some(1_000));
    let now = Instant::now();
    let fill =
        |endpoint| std::iter::from_fn(|| budget.try_at(endpoint, 5, now).then_some(5)).sum::<u64>();
    assert_eq!(fill(Endpoint::Income), 750);
    assert_eq!(fill(Endpoint::OpenOrders), 150);
    assert_eq!(fill(Endpoint::Account), 100);
    assert!(!budget.try_at(Endpoint::PositionRisk, 1, now + secs(60)));
    assert!(budget.try_at(Endpoint::PositionRisk, 1, now + secs(61)));
}

#[test]
fn near_the_limit_history_yields_first_and_everything_at_last() {
    let budget = Budget::new(None);
    let now = Instant::now();
    let sent = |used| {
        budget.lock().used = None;
        budget.set_used(used, secs(20), now);
        [Endpoint::Income, Endpoint::OpenOrders, Endpoint::Account]
            .map(|endpoint| budget.try_at(endpoint, 1, now))
    };
    assert_eq!(sent(1_000), [true, true, true]);
    assert_eq!(sent(1_440), [false, true, true]);
    assert_eq!(sent(1_920), [false, false, true]);
    assert_eq!(sent(2_280), [false, false, false]);
    // The exchange counts by its own minutes.
    assert!(!budget.try_at(Endpoint::Account, 1, now + secs(19)));
    assert!(budget.try_at(Endpoint::Income, 1, now + secs(20)));
}

#[test]
fn what_is_under_way_counts_as_used_and_older_answers_take_nothing_back() {
    let budget = Budget::new(None);
    let now = Instant::now();
    budget.set_used(2_270, secs(20), now);
    budget.set_used(100, secs(20), now);
    let waiting = budget.enqueue(Class::Core, now);
    budget.lock().take(&waiting.ticket, 10, now).unwrap();
    drop(waiting);
    assert!(!budget.try_at(Endpoint::Account, 1, now));
}

#[test]
fn after_a_refusal_it_begins_slowly() {
    let budget = Budget::new(Some(1_000));
    let now = Instant::now();
    budget.refused_until(now);
    let fill = |at| {
        std::iter::from_fn(|| budget.try_at(Endpoint::Account, 10, at).then_some(10)).sum::<u64>()
    };
    assert_eq!(fill(now), 200);
    assert_eq!(fill(now + secs(30)), 400);
    assert_eq!(fill(now + secs(62)), 600);
}

#[tokio::test]
async fn the_oldest_of_the_most_urgent_is_served_first() {
    let budget = Budget::new(Some(60));
    let now = Instant::now();
    let far = now + secs(3_600);
    drop(budget.acquire(Endpoint::Account, 60, now, far).await);
    let wait = |endpoint, since| Box::pin(budget.acquire(endpoint, 10, since, far));
    let mut waiting = [
        wait(Endpoint::Income, now),
        wait(Endpoint::Account, now + secs(2)),
        wait(Endpoint::Account, now + secs(1)),
        wait(Endpoint::OpenOrders, now),
    ];
    for one in &mut waiting {
        assert!(one.now_or_never().is_none());
    }
    let order: Vec<_> = budget
        .lock()
        .waiting
        .iter()
        .map(|(class, ..)| *class)
        .collect();
    assert_eq!(
        order,
        [Class::Core, Class::Core, Class::State, Class::History]
    );
    // Room is there again, and only the first of the queue may use it.
    budget.lock().spent.clear();
    budget.moved.notify_waiters();
    let served: Vec<bool> = waiting
        .iter_mut()
        .map(|one| one.now_or_never().is_some())
        .collect();
    assert_eq!(served, [false, false, true, false]);
}

#[tokio::test]
async fn who_gives_up_leaves_the_queue() {
    let budget = Budget::new(Some(60));
    let now = Instant::now();
    drop(budget.acquire(Endpoint::Account, 60, now, now).await);
    assert!(
        budget
            .acquire(Endpoint::Account, 1, now, now)
            .await
            .is_none()
    );
    let mut dropped = Box::pin(budget.acquire(Endpoint::Account, 1, now, now + secs(60)));
    assert!((&mut dropped).now_or_never().is_none());
    assert_eq!(budget.waits(), 1);
    drop(dropped);
    assert_eq!(budget.waits(), 0);
}

proptest! {
    #[test]
    fn no_minute_exceeds_the_budget(
        configured in 60_u64..3_000,
        asked in prop::collection::vec((0_u64..2_000, 0_usize..Endpoint::ALL.len(), 1_u64..41), 1..400),
    ) {
        let budget = Budget::new(Some(configured));
        let (_, allowed) = budget.limits();
        let mut now = Instant::now();
        let mut sent: Vec<(Instant, u64)> = Vec::new();
        for (pause_ms, endpoint, weight) in asked {
            now += Duration::from_millis(pause_ms);
            if budget.try_at(Endpoint::ALL[endpoint], weight, now) {
                sent.push((now, weight));
            }
        }
        for (from, _) in &sent {
            let minute: u64 = sent
                .iter()
                .filter(|(at, _)| at >= from && *at < *from + MINUTE)
                .map(|(_, weight)| weight)
                .sum();
            prop_assert!(minute <= allowed);
        }
    }
}

#[test]
fn the_limit_is_read_from_what_the_exchange_says_of_itself() {
    let info = |limits: &str| {
        parse_limit(format!(r#"{{"symbols":[],"rateLimits":[{limits}]}}"#).as_bytes())
    };
    let by_minute =
        r#"{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":2400}"#;
    let orders = r#"{"rateLimitType":"ORDERS","interval":"MINUTE","intervalNum":1,"limit":1200}"#;
    assert_eq!(info(&format!("{orders},{by_minute}")), Some(2_400));
    assert_eq!(info(orders), None);
    assert_eq!(info(&by_minute.replace("2400", "0")), None);
    assert_eq!(parse_limit(b"<html>"), None);
}
