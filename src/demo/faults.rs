//! Faults the demo exchange can be told to have.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

/// A change made to a JSON answer before it is sent.
pub type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What goes wrong.
#[derive(Clone)]
pub enum Effect {
    /// Another answer than the true one.
    Reply {
        /// The HTTP status.
        status: u16,
        /// Further headers.
        headers: Vec<(String, String)>,
        /// The content type.
        content_type: String,
        /// The body as it is sent.
        body: Bytes,
    },
    /// No answer, ever.
    Hang,
    /// The answer comes late.
    Delay(Duration),
    /// The connection is closed without an answer.
    Drop,
    /// The connection is reset in the middle of the body.
    ResetMidBody,
    /// The connection is closed in the middle of the body.
    Truncate,
    /// A streamed body without a length, of so many bytes.
    Endless {
        /// The length of the body.
        bytes: u64,
    },
    /// A small compressed body that grows to so many bytes, rounded up to whole mebibytes.
    GzipBomb {
        /// The length after decompression.
        bytes: u64,
    },
    /// The true answer, changed.
    EditJson(Edit),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Reply { status, .. } => return write!(f, "Reply({status})"),
            Self::Delay(time) => return write!(f, "Delay({time:?})"),
            Self::Endless { bytes } => return write!(f, "Endless({bytes})"),
            Self::GzipBomb { bytes } => return write!(f, "GzipBomb({bytes})"),
            Self::Hang => "Hang",
            Self::Drop => "Drop",
            Self::ResetMidBody => "ResetMidBody",
            Self::Truncate => "Truncate",
            Self::EditJson(_) => "EditJson",
        };
        f.write_str(name)
    }
}

/// An effect and the requests it meets: all of them, unless narrowed.
#[derive(Debug, Clone)]
pub struct Fault {
    effect: Effect,
    path: Option<String>,
    account: Option<String>,
    left: Option<u32>,
}

impl Fault {
    /// A fault that meets every request.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            effect,
            path: None,
            account: None,
            left: None,
        }
    }

    /// A fault that answers with this status and this JSON text.
    #[must_use]
    pub fn reply(status: u16, json: &str) -> Self {
        Self::new(Effect::Reply {
            status,
            headers: Vec::new(),
            content_type: "application/json".to_owned(),
            body: Bytes::copy_from_slice(json.as_bytes()),
        })
    }

    /// A fault that changes the true answer.
    #[must_use]
    pub fn edit(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::new(Effect::EditJson(Arc::new(edit)))
    }

    /// Only requests for this path.
    #[must_use]
    pub fn on(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Only requests with this account's key.
    #[must_use]
    pub fn of(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Only the next so many requests.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.left = Some(count);
        self
    }

    fn meets(&self, path: &str, account: Option<&str>) -> bool {
        self.left != Some(0)
            && self.path.as_deref().is_none_or(|wanted| wanted == path)
            && self
                .account
                .as_deref()
                .is_none_or(|wanted| Some(wanted) == account)
    }
}

/// All that goes wrong with one request.
#[derive(Default)]
pub(crate) struct Trouble {
    pub(crate) delay: Duration,
    pub(crate) edits: Vec<Edit>,
    /// The first effect that takes the place of the answer, or breaks it off.
    pub(crate) instead: Option<Effect>,
}

impl Trouble {
    /// What the faults do to this request; those with a count are used up by it.
    pub(crate) fn meet(faults: &mut [Fault], path: &str, account: Option<&str>) -> Self {
        let mut trouble = Self::default();
        for fault in faults.iter_mut().filter(|f| f.meets(path, account)) {
            match &fault.effect {
                Effect::Delay(time) => trouble.delay += *time,
                Effect::EditJson(edit) => trouble.edits.push(Arc::clone(edit)),
                _ if trouble.instead.is_some() => continue,
                effect => trouble.instead = Some(effect.clone()),
            }
            if let Some(left) = &mut fault.left {
                *left -= 1;
            }
        }
        trouble
    }

    /// Makes the changes to the true answer.
    pub(crate) fn edit(&self, answer: &mut Value) {
        for edit in &self.edits {
            edit(answer);
        }
    }
}
