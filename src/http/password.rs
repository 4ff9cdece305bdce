//! Basic authentication: passwords against hashes of bcrypt, at a bounded price.
//!
//! A check takes a tenth of a second and more, by design. So one runs at a time, off the threads that serve;
//! few wait; and a password that was right once is known again without a check.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::Sha256;
use tokio::sync::Semaphore;

/// Checks that wait, of all clients and of one address: a flood from one must not keep out all.
const MOST_WAITING: usize = 64;
const MOST_WAITING_OF_ONE: usize = 4;
/// A well-formed salt and hash, of no password.
const NOBODY: &str = "abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzABCDG";

/// Who may come in.
#[derive(Debug, Default)]
pub(super) struct Users {
    hashes: BTreeMap<String, SecretString>,
    /// What the password of an unknown user is checked against, so that it takes as long.
    nobody: SecretString,
}

impl Users {
    /// `cost` is the highest of the hashes.
    pub(super) fn new(hashes: BTreeMap<String, SecretString>, cost: u32) -> Self {
        Self {
            hashes,
            nobody: format!("$2b${cost:02}${NOBODY}").into(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The password is right.
    Right,
    /// It is wrong, or there is none.
    Wrong,
    /// Too many checks wait.
    Busy,
}

/// Checks passwords and remembers right ones.
#[derive(Debug)]
pub(super) struct Passwords {
    one: Arc<Semaphore>,
    waiting: Mutex<HashMap<IpAddr, usize>>,
    /// Marks of what was right, one for each user. A mark is worthless without `salt`.
    right: Mutex<HashMap<String, [u8; 32]>>,
    salt: [u8; 32],
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            one: Arc::new(Semaphore::new(1)),
            waiting: Mutex::default(),
            right: Mutex::default(),
            salt: rand::random(),
        }
    }
}

impl Passwords {
    /// Checks the header `Authorization` of a request from `peer`.
    pub(super) async fn check(
        &self,
        users: &Users,
        header: Option<&[u8]>,
        peer: IpAddr,
    ) -> Verdict {
        let Some((user, password)) = header.and_then(credentials) else {
            return Verdict::Wrong;
        };
        let known = users.hashes.get(&user);
        let hash = known.unwrap_or(&users.nobody).clone();
        let mark = self.mark(&user, &hash, &password);
        if known.is_some() && lock(&self.right).get(&user) == Some(&mark) {
            return Verdict::Right;
        }
        let Some(_place) = self.wait(peer) else {
            return Verdict::Busy;
        };
        let Ok(turn) = self.one.clone().acquire_owned().await else {
            return Verdict::Busy;
        };
        let checked = tokio::task::spawn_blocking(move || {
            // The turn lasts as long as the check, even when nobody waits for it any more.
            let _turn = turn;
            bcrypt::verify(password.expose_secret(), hash.expose_secret())
        });
        let same = matches!(checked.await, Ok(Ok(true)));
        if known.is_none() || !same {
            return Verdict::Wrong;
        }
        let mut right = lock(&self.right);
        right.retain(|user, _| users.hashes.contains_key(user));
        right.insert(user, mark);
        Verdict::Right
    }

    /// One mark for user, hash and password together; lengths keep them apart.
    fn mark(&self, user: &str, hash: &SecretString, password: &SecretSlice<u8>) -> [u8; 32] {
        let hash = hash.expose_secret().as_bytes();
        // A key of HMAC may have any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.salt) else {
            return [0; 32];
        };
        for part in [user.as_bytes(), hash, password.expose_secret()] {
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    fn wait(&self, peer: IpAddr) -> Option<Waiting<'_>> {
        let peer = peer.to_canonical();
        let mut waiting = lock(&self.waiting);
        let of_peer = waiting.get(&peer).copied().unwrap_or(0);
        if of_peer >= MOST_WAITING_OF_ONE || waiting.values().sum::<usize>() >= MOST_WAITING {
            return None;
        }
        waiting.insert(peer, of_peer + 1);
        Some(Waiting {
            waiting: &self.waiting,
            peer,
        })
    }
}

/// A place in the line, given up when dropped.
struct Waiting<'p> {
    waiting: &'p Mutex<HashMap<IpAddr, usize>>,
    peer: IpAddr,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = lock(self.waiting);
        if let Some(count) = waiting.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.peer);
            }
        }
    }
}

/// User and password out of `Basic …`.
fn credentials(header: &[u8]) -> Option<(String, SecretSlice<u8>)> {
    let (scheme, encoded) = header.split_at_checked(6)?;
    scheme.eq_ignore_ascii_case(b"basic ").then_some(())?;
    let decoded: SecretSlice<u8> = STANDARD.decode(encoded.trim_ascii()).ok()?.into();
    let bytes = decoded.expose_secret();
    let colon = bytes.iter().position(|b| *b == b':')?;
    let user = String::from_utf8(bytes[..colon].to_vec()).ok()?;
    Some((user, bytes[colon + 1..].to_vec().into()))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const COST: u32 = 4;
    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn users(list: &[(&str, &str)]) -> Users {
        let hashed = |(user, password): &(&str, &str)| {
            let hash = bcrypt::hash(password, COST).unwrap();
            ((*user).to_owned(), hash.into())
        };
        Users::new(list.iter().map(hashed).collect(), COST)
    }

    fn header(user: &str, password: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))).into_bytes()
    }

    #[tokio::test]
    async fn right_and_wrong() {
        let users = users(&[("alice", "wonder"), ("bob", "pass:word")]);
        let passwords = Passwords::default();
        let cases = [
            (header("alice", "wonder"), Verdict::Right),
            (header("bob", "pass:word"), Verdict::Right),
            (header("alice", "pass:word"), Verdict::Wrong),
            (header("alice", "wonde"), Verdict::Wrong),
            (header("alice", ""), Verdict::Wrong),
            (header("", ""), Verdict::Wrong),
            (header("nobody", "wonder"), Verdict::Wrong),
            (b"Basic".to_vec(), Verdict::Wrong),
            (b"Basic ".to_vec(), Verdict::Wrong),
            (b"Basic !!!".to_vec(), Verdict::Wrong),
            (b"Basic YWxpY2U=".to_vec(), Verdict::Wrong),
            (b"Bearer YWxpY2U6d29uZGVy".to_vec(), Verdict::Wrong),
            (b"bASIC  YWxpY2U6d29uZGVy".to_vec(), Verdict::Right),
            (b"Basic \xff\xfe".to_vec(), Verdict::Wrong),
        ];
        // The second time some are remembered: nothing else may change.
        for (header, expected) in cases.iter().chain(&cases) {
            let found = passwords.check(&users, Some(header), PEER).await;
            assert_eq!(found, *expected, "{}", header.escape_ascii());
        }
        assert_eq!(passwords.check(&users, None, PEER).await, Verdict::Wrong);
        assert_eq!(lock(&passwords.right).len(), 2);
    }

    #[tokio::test]
    async fn what_was_right_is_known_again_while_all_turns_are_taken() {
        let users = users(&[("alice", "wonder")]);
        let passwords = Passwords::default();
        let alice = header("alice", "wonder");
        let first = passwords.check(&users, Some(&alice), PEER).await;
        assert_eq!(first, Verdict::Right);
        let _turn = passwords.one.clone().acquire_owned().await.unwrap();
        let _line: Vec<_> = (0..MOST_WAITING_OF_ONE)
            .map(|_| passwords.wait(PEER).unwrap())
            .collect();
        let again = passwords.check(&users, Some(&alice), PEER).await;
        assert_eq!(again, Verdict::Right);
        let other = passwords
            .check(&users, Some(&header("alice", "x")), PEER)
            .await;
        assert_eq!(other, Verdict::Busy);
        // Who comes from elsewhere still gets a place.
        assert!(passwords.wait(Ipv4Addr::BROADCAST.into()).is_some());
    }

    #[test]
    fn the_line_is_bounded_and_empties() {
        let passwords = Passwords::default();
        let address = |n: usize| IpAddr::from([10, 0, 0, u8::try_from(n).unwrap()]);
        let line: Vec<_> = (0..MOST_WAITING)
            .map(|n| passwords.wait(address(n)).unwrap())
            .collect();
        assert!(passwords.wait(address(100)).is_none());
        drop(line);
        assert!(lock(&passwords.waiting).is_empty());
    }

    #[tokio::test]
    async fn a_new_hash_ends_what_was_remembered() {
        let passwords = Passwords::default();
        let alice = header("alice", "wonder");
        let old = users(&[("alice", "wonder")]);
        assert_eq!(
            passwords.check(&old, Some(&alice), PEER).await,
            Verdict::Right
        );
        let new = users(&[("alice", "changed")]);
        assert_eq!(
            passwords.check(&new, Some(&alice), PEER).await,
            Verdict::Wrong
        );
        let gone = users(&[("bob", "wonder")]);
        assert_eq!(
            passwords.check(&gone, Some(&alice), PEER).await,
            Verdict::Wrong
        );
    }

    #[test]
    fn an_unknown_user_costs_as_much() {
        let users = Users::new(BTreeMap::new(), 7);
        let nobody: bcrypt::HashParts = users.nobody.expose_secret().parse().unwrap();
        assert_eq!(nobody.get_cost(), 7);
    }
}
