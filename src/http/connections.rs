//! The open connections: how many there are, what each costs, and which must go.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Open connections at a time; for one more, the one that has been idle for longest goes.
pub(super) const MOST_CONNECTIONS: usize = 512;
/// A client that has not sent a whole request this long after it connected is cut off.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// A connection without a request goes after this; longer than Prometheus's usual intervals.
const IDLE: Duration = Duration::from_mins(2);
/// A client must have taken an answer by then.
const TAKE: Duration = Duration::from_secs(20);
/// Memory of answers that clients have not taken yet; beyond, the oldest ones go with their connections.
const MOST_WAITING: usize = 64 * 1024 * 1024;
/// Messages about full tables are this far apart.
const BETWEEN_WARNINGS: Duration = Duration::from_mins(1);

/// All open connections.
#[derive(Debug, Default)]
pub(super) struct Connections {
    table: Mutex<Table>,
    /// Told when a connection has ended.
    pub(super) freed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Entry>,
    warned: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    peer: IpAddr,
    /// Since when it has done nothing: no request, no answer under way.
    quiet_since: Instant,
    asked: bool,
    /// Requests that are being answered.
    running: usize,
    /// Answers that the client has not taken, by number: since when, and their size.
    waiting: BTreeMap<u64, (Instant, usize)>,
    cut: CancellationToken,
}

impl Entry {
    fn is_idle(&self) -> bool {
        self.running == 0 && !self.cut.is_cancelled()
    }

    fn is_overdue(&self, now: Instant) -> bool {
        if let Some((_, (since, _))) = self.waiting.first_key_value() {
            return now > *since + TAKE;
        }
        let patience = if self.asked { IDLE } else { FIRST_REQUEST };
        self.running == 0 && now > self.quiet_since + patience
    }
}

impl Connections {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection from `peer`; `None` when all are taken. Then one is being freed, if one is idle.
    pub(super) fn seat(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let mut table = self.lock();
        if table.open.len() >= MOST_CONNECTIONS {
            table.evict();
            return None;
        }
        let (id, cut) = (table.next, CancellationToken::new());
        table.next += 1;
        let entry = Entry {
            peer: peer.to_canonical(),
            quiet_since: Instant::now(),
            asked: false,
            running: 0,
            waiting: BTreeMap::new(),
            cut: cut.clone(),
        };
        table.open.insert(id, entry);
        Some(Seat {
            connections: self.clone(),
            id,
            peer,
            cut,
        })
    }

    /// Cuts connections that have taken too long.
    pub(super) fn sweep(&self) {
        let (table, now) = (self.lock(), Instant::now());
        for entry in table.open.values().filter(|e| e.is_overdue(now)) {
            entry.cut.cancel();
        }
    }
}

impl Table {
    /// Cuts an idle connection: of the address that has most of them, the one that has been idle for longest.
    fn evict(&mut self) {
        let mut of_peer: HashMap<IpAddr, usize> = HashMap::new();
        for entry in self.open.values() {
            *of_peer.entry(entry.peer).or_default() += 1;
        }
        let idle = self.open.values().filter(|entry| entry.is_idle());
        let count = |entry: &Entry| of_peer.get(&entry.peer).copied().unwrap_or_default();
        if let Some(entry) =
            idle.max_by_key(|entry| (count(entry), std::cmp::Reverse(entry.quiet_since)))
        {
            entry.cut.cancel();
        }
        let now = Instant::now();
        if self.warned.is_none_or(|at| now > at + BETWEEN_WARNINGS) {
            self.warned = Some(now);
            warn!(
                "all {MOST_CONNECTIONS} connections are taken; the ones that have been idle for longest are closed for new ones"
            );
        }
    }

    /// Cuts the connections with the oldest answers until the others fit into memory.
    fn shed(&mut self) {
        let open = || self.open.values().filter(|e| !e.cut.is_cancelled());
        let size = |entry: &Entry| entry.waiting.values().map(|(_, size)| size).sum::<usize>();
        let mut total: usize = open().map(size).sum();
        while total > MOST_WAITING {
            let oldest = open()
                .filter_map(|entry| Some((entry.waiting.first_key_value()?.1.0, entry)))
                .min_by_key(|(since, _)| *since);
            let Some((_, entry)) = oldest else { return };
            entry.cut.cancel();
            total -= size(entry);
        }
    }
}

/// The place of one connection, free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    connections: Arc<Connections>,
    id: u64,
    pub(super) peer: IpAddr,
    /// Cancelled when the connection must end at once.
    pub(super) cut: CancellationToken,
}

impl Seat {
    fn change<T>(&self, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        self.connections.lock().open.get_mut(&self.id).map(change)
    }

    /// A request has come; it is being answered until the result is dropped.
    pub(super) fn request(self: &Arc<Self>) -> Running {
        self.change(|entry| {
            entry.asked = true;
            entry.running += 1;
        });
        Running(self.clone())
    }

    /// `body` as bytes that are known to wait until the client has taken them, or the connection has ended.
    pub(super) fn track(self: &Arc<Self>, body: Bytes) -> Bytes {
        if body.is_empty() {
            return body;
        }
        let mut table = self.connections.lock();
        let number = table.next;
        table.next += 1;
        if let Some(entry) = table.open.get_mut(&self.id) {
            entry.waiting.insert(number, (Instant::now(), body.len()));
        }
        table.shed();
        drop(table);
        Bytes::from_owner(Waiting {
            body,
            number,
            seat: self.clone(),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.lock().open.remove(&self.id);
        self.connections.freed.notify_one();
    }
}

/// A request that is being answered.
pub(super) struct Running(Arc<Seat>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.change(|entry| {
            entry.running -= 1;
            entry.quiet_since = Instant::now();
        });
    }
}

/// An answer on its way, dropped with the last of its bytes.
struct Waiting {
    body: Bytes,
    number: u64,
    seat: Arc<Seat>,
}

impl AsRef<[u8]> for Waiting {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.seat.change(|entry| {
            entry.waiting.remove(&self.number);
            entry.quiet_since = Instant::now();
        });
    }
}
