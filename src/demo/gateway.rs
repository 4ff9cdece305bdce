//! What a request meets on its way: the log, the weight, the faults, the keys, and at last the answer.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::Value;

use super::answers::Endpoint;
use super::auth::{Query, without_signature};
use super::faults::{Effect, Fault, Trouble};
use super::limits::Limits;
use super::pages;
use super::private::Private;
use super::public::Public;
use super::refusal::Refusal;
use super::world::{Pace, World};
use super::{Options, Seen};

/// How many requests the log keeps.
const LOG: usize = 10_000;

/// A request as it came in.
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) api_key: Option<String>,
    pub(crate) from: IpAddr,
}

/// What is to be sent, and what is to go wrong with it.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
    pub(crate) trouble: Trouble,
}

/// Everything the exchange knows.
pub(crate) struct Gateway {
    pub(crate) world: World,
    pub(crate) limits: Limits,
    pub(crate) faults: Vec<Fault>,
    pub(crate) seen: VecDeque<Seen>,
    pub(crate) clock_offset: i64,
    pace: Pace,
    weight_limit: u32,
}

impl Gateway {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            world: World::new(options, unix_ms()),
            limits: Limits::new(options.weight_limit),
            faults: Vec::new(),
            seen: VecDeque::new(),
            clock_offset: 0,
            pace: Pace::new(options.speed),
            weight_limit: options.weight_limit,
        }
    }

    /// The server's time in milliseconds.
    pub(crate) fn now(&self) -> i64 {
        unix_ms().saturating_add(self.clock_offset)
    }

    /// Brings the world to the present.
    pub(crate) fn catch_up(&mut self) {
        let due = self.pace.due();
        let now = self.now();
        for missing in (0..due).rev() {
            self.world
                .step(now.saturating_sub(self.pace.ms_of(missing)));
        }
    }

    /// Stops the world after bringing it to the present, or lets it go on.
    pub(crate) fn set_frozen(&mut self, frozen: bool) {
        self.catch_up();
        self.pace.set_frozen(frozen);
    }

    /// What would be answered now, without any check and without parameters.
    pub(crate) fn answer(&mut self, account: &str, endpoint: Endpoint) -> Value {
        self.catch_up();
        Query::parse("")
            .and_then(|query| self.answer_for(endpoint, Some(account), None, &query))
            .unwrap_or_default()
    }

    /// Takes a request in: it is counted and logged whatever becomes of it.
    pub(crate) fn receive(&mut self, call: &Call) -> Reply {
        self.catch_up();
        let now = self.now();
        let account = self.owner(call);
        let endpoint = Endpoint::at(&call.path);
        let with_symbol = call.query.split('&').any(|p| p.starts_with("symbol="));
        let weight = endpoint.map_or(1, |endpoint| endpoint.weight(with_symbol));
        let charged = self.limits.charge(call.from, weight, now);

        let mut trouble = Trouble::default();
        let outcome = charged.and_then(|()| {
            trouble = Trouble::meet(&mut self.faults, &call.path, account.as_deref());
            self.serve(call, endpoint, account.as_deref(), now)
        });
        let mut reply = self.reply(outcome, trouble, call, now);
        if let Some(Effect::Reply {
            status,
            headers,
            content_type,
            body,
        }) = &reply.trouble.instead
        {
            reply.status = *status;
            reply.headers.extend(headers.iter().cloned());
            reply.content_type.clone_from(content_type);
            reply.body = body.clone();
        }
        self.log(call, account, &reply);
        reply
    }

    /// Whose request it says it is.
    fn owner(&self, call: &Call) -> Option<String> {
        let by_agent = || {
            let query = Query::parse(&call.query).ok()?;
            let mut actors = self.world.actors.iter();
            let actor = actors.find(|actor| actor.agent.is_named_in(&query))?;
            Some(&actor.credentials)
        };
        let api_key = call.api_key.as_deref();
        let credentials = api_key.and_then(|key| self.world.credentials(key));
        Some(credentials.or_else(by_agent)?.name.clone())
    }

    /// The true answer, or why there is none.
    fn serve(
        &mut self,
        call: &Call,
        endpoint: Option<Endpoint>,
        account: Option<&str>,
        now: i64,
    ) -> Result<Value, Refusal> {
        let endpoint = endpoint.ok_or_else(|| Refusal::unknown_path(&call.method, &call.path))?;
        if call.method != "GET" {
            return Err(Refusal::wrong_method());
        }
        if endpoint.is_signed() {
            self.admit(call, now)?;
        }
        let query = Query::parse(&call.query)?;
        let symbol = query
            .get("symbol")
            .filter(|_| endpoint.takes_symbol())
            .map(|name| match self.world.market.find(name) {
                _ if name.is_empty() => Err(Refusal::missing("symbol")),
                found => found.ok_or_else(Refusal::bad_symbol),
            })
            .transpose()?;
        self.answer_for(endpoint, account, symbol, &query)
    }

    /// Checks key, time and signature.
    fn admit(&mut self, call: &Call, now: i64) -> Result<(), Refusal> {
        if call.path.starts_with("/fapi/v3/") {
            let query = Query::parse(&call.query)?;
            for name in ["user", "signer"] {
                query.get(name).ok_or_else(|| Refusal::missing(name))?;
            }
            let mut actors = self.world.actors.iter_mut();
            let actor = actors.find(|actor| actor.agent.is_named_in(&query));
            let actor = actor.ok_or_else(Refusal::no_agent)?;
            return actor.agent.admit(&query, now);
        }
        let api_key = call.api_key.as_deref().filter(|key| !key.is_empty());
        let api_key = api_key.ok_or_else(Refusal::key_format)?;
        let credentials = self.world.credentials(api_key);
        let credentials = credentials.ok_or_else(Refusal::unknown_key)?;
        Query::parse(&call.query)?.verify(&credentials.api_secret, now)
    }

    fn answer_for(
        &self,
        endpoint: Endpoint,
        account: Option<&str>,
        symbol: Option<usize>,
        query: &Query,
    ) -> Result<Value, Refusal> {
        let now = self.now();
        if endpoint == Endpoint::Agent {
            let mut actors = self.world.actors.iter();
            let actor = actors.find(|actor| Some(actor.account.name.as_str()) == account);
            return Ok(actor.map_or(Value::Null, |actor| actor.agent.list()));
        }
        if !endpoint.is_signed() {
            let public = Public {
                market: &self.world.market,
                now,
                next_funding: self.world.next_funding(&self.pace),
                weight_limit: self.weight_limit,
            };
            return Ok(public.answer(endpoint, symbol));
        }
        let Some(account) = account.and_then(|name| self.world.account(name)) else {
            return Ok(Value::Null);
        };
        match endpoint {
            Endpoint::Income => pages::income(&account.history, query, now),
            Endpoint::UserTrades => pages::trades(&account.history, symbol, query, now),
            _ => Ok(Private::new(&self.world.market, account).answer(endpoint, symbol)),
        }
    }

    fn reply(
        &self,
        outcome: Result<Value, Refusal>,
        trouble: Trouble,
        call: &Call,
        now: i64,
    ) -> Reply {
        let used = self.limits.used_by(call.from, now);
        let mut headers = vec![("X-MBX-USED-WEIGHT-1M".to_owned(), used.to_string())];
        let (status, body) = match outcome {
            Ok(mut answer) => {
                trouble.edit(&mut answer);
                (200, answer)
            }
            Err(refusal) => {
                if let Some(seconds) = refusal.retry_after {
                    headers.push(("Retry-After".to_owned(), seconds.to_string()));
                }
                (refusal.status, refusal.body())
            }
        };
        Reply {
            status,
            headers,
            content_type: "application/json;charset=utf-8".to_owned(),
            body: Bytes::from(body.to_string()),
            trouble,
        }
    }

    fn log(&mut self, call: &Call, account: Option<String>, reply: &Reply) {
        if self.seen.len() == LOG {
            self.seen.pop_front();
        }
        let unanswered = matches!(reply.trouble.instead, Some(Effect::Hang | Effect::Drop));
        self.seen.push_back(Seen {
            method: call.method.clone(),
            path: call.path.clone(),
            account,
            query: without_signature(&call.query),
            at: SystemTime::now(),
            status: (!unanswered).then_some(reply.status),
        });
    }
}

fn unix_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|passed| i64::try_from(passed.as_millis()).ok())
        .unwrap_or_default()
}
