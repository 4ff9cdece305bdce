//! Which of several processes watches an account.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// One of several processes that share the accounts of a configuration: `N/M`, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// Whether the account called `name` is watched by this one.
    ///
    /// Every account draws a number for each shard and goes to the highest (rendezvous hashing). So a shard that is added
    /// takes accounts over from all others, and no account moves between those that were there.
    #[must_use]
    pub fn keeps(self, name: &str) -> bool {
        let highest = (0..self.count).max_by_key(|index| drawn(name, *index));
        highest == Some(self.index)
    }
}

fn drawn(name: &str, index: u32) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(index.to_be_bytes());
    hash.update(name.as_bytes());
    hash.finalize().into()
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Some(Self {
                index: index.parse().ok()?,
                count: count.parse().ok()?,
            })
        });
        parsed
            .filter(|shard| shard.index < shard.count)
            .ok_or_else(|| "expected N/M with N from 0 to M-1, such as 0/3, 1/3 and 2/3".to_owned())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(name: &str, count: u32) -> u32 {
        let keepers: Vec<u32> = (0..count)
            .filter(|&index| Shard { index, count }.keeps(name))
            .collect();
        assert_eq!(keepers.len(), 1, "{name} of {count}");
        keepers[0]
    }

    fn names() -> impl Iterator<Item = String> {
        (0..1000).map(|i| format!("account-{i}"))
    }

    #[test]
    fn every_account_has_one_shard_and_shards_are_about_as_large() {
        for count in [1, 2, 3, 10] {
            let mut sizes = vec![0_u32; count as usize];
            for name in names() {
                sizes[owner(&name, count) as usize] += 1;
            }
            let even = 1000 / count;
            assert!(
                sizes
                    .iter()
                    .all(|&s| s * 10 > even * 7 && s * 10 < even * 13),
                "{sizes:?}"
            );
        }
    }

    #[test]
    fn a_shard_more_takes_its_part_and_moves_nothing_else() {
        for count in 1..10 {
            let moved: Vec<u32> = names()
                .filter(|name| owner(name, count) != owner(name, count + 1))
                .map(|name| owner(&name, count + 1))
                .collect();
            assert!(moved.iter().all(|&to| to == count), "to the new one alone");
            assert!(moved.len() < 1300 / (count as usize + 1), "{}", moved.len());
        }
    }

    #[test]
    fn an_account_stays_where_it_is_in_every_version() {
        // What other versions of the exporter decide, too: changing it moves ledgers.
        assert_eq!(
            ["main", "hedge", "trouble", "币安"].map(|name| owner(name, 4)),
            [2, 3, 2, 2]
        );
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        for text in ["", "3", "3/3", "1/0", "-1/3", "1/3/5", "a/b", "1 / 3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
