//! Nonces of agent keys: the exchange's time in microseconds, never the same twice, always rising.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::wallet::Address;

/// One generator per signer, however many accounts share it: the exchange keeps its book by signer.
#[derive(Debug, Default)]
pub struct Nonces(Mutex<BTreeMap<Address, Given>>);

/// What a signer was given.
#[derive(Debug, Default)]
struct Given {
    newest: u64,
    /// The highest one that the exchange has accepted.
    accepted: u64,
}

impl Nonces {
    /// The next nonce of `signer` at `server_us` (the exchange's time, microseconds since the epoch): that time, or
    /// one more than the last nonce where the clock stands or was set back.
    pub fn next(&self, signer: Address, server_us: u64) -> u64 {
        let mut signers = self.lock();
        let given = signers.entry(signer).or_default();
        given.newest = server_us.max(given.newest + 1);
        given.newest
    }

    /// Notes that the exchange has accepted `nonce`.
    pub fn accepted(&self, signer: Address, nonce: u64) {
        let mut signers = self.lock();
        let given = signers.entry(signer).or_default();
        given.accepted = given.accepted.max(nonce);
    }

    /// After a refusal and a new reading of the exchange's clock: goes back to `server_us` where a clock that was
    /// ahead had carried the nonces away, but never to one that the exchange may have in its book.
    pub fn resync(&self, signer: Address, server_us: u64) {
        let mut signers = self.lock();
        let given = signers.entry(signer).or_default();
        given.newest = given.newest.min(server_us).max(given.accepted);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Address, Given>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;

    const NOW: u64 = 1_748_310_859_508_867;

    fn signer(last: char) -> Address {
        Address::parse(&format!("0x{}{last}", "0".repeat(39))).unwrap()
    }

    #[test]
    fn nonces_follow_the_clock_and_rise_when_it_does_not() {
        let (nonces, one) = (Nonces::default(), signer('1'));
        assert_eq!(nonces.next(one, NOW), NOW);
        assert_eq!(nonces.next(one, NOW), NOW + 1);
        assert_eq!(nonces.next(one, NOW - 3_600_000_000), NOW + 2);
        assert_eq!(nonces.next(one, NOW + 10), NOW + 10);
        assert_eq!(nonces.next(signer('2'), NOW), NOW);
    }

    #[test]
    fn a_clock_that_was_ahead_is_made_good_but_nothing_is_given_twice() {
        let (nonces, one) = (Nonces::default(), signer('1'));
        let accepted = nonces.next(one, NOW);
        nonces.accepted(one, accepted);
        let ahead = nonces.next(one, NOW + 3_600_000_000);
        nonces.resync(one, NOW + 5);
        let mended = nonces.next(one, NOW + 6);
        assert_eq!(mended, NOW + 6);
        assert!(accepted < mended && mended < ahead);
        nonces.accepted(one, mended);
        nonces.resync(one, NOW);
        assert_eq!(nonces.next(one, NOW), mended + 1);
    }

    #[test]
    fn threads_that_share_a_signer_never_share_a_nonce() {
        let nonces = Arc::new(Nonces::default());
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let nonces = nonces.clone();
                std::thread::spawn(move || {
                    let given: Vec<u64> =
                        (0..1000).map(|_| nonces.next(signer('1'), NOW)).collect();
                    assert!(given.is_sorted_by(|a, b| a < b));
                    given
                })
            })
            .collect();
        let all: BTreeSet<u64> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(all.len(), 8000);
    }
}
