//! Encoded text that can be joined to others, plain and compressed, without encoding it again.

use std::io::Write as _;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use prometheus::proto::MetricFamily;
use prometheus::{Encoder as _, TextEncoder};

/// A deflate stream of nothing that says it is the last block.
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];
/// A gzip header without name, time and flags (RFC 1952).
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Some families as text, and that text as a deflate stream that others can follow.
#[derive(Debug)]
pub(super) struct Segment {
    text: Vec<u8>,
    deflated: OnceLock<Deflated>,
}

#[derive(Debug)]
struct Deflated {
    blocks: Vec<u8>,
    checksum: crc32fast::Hasher,
}

impl Segment {
    /// Encodes `families` in the text format 0.0.4.
    ///
    /// # Errors
    /// When a family is empty, or a number cannot be written: both are mistakes of this program.
    pub(super) fn encode(families: &[MetricFamily]) -> prometheus::Result<Self> {
        let mut text = Vec::new();
        TextEncoder::new().encode(families, &mut text)?;
        Ok(Self {
            text,
            deflated: OnceLock::new(),
        })
    }

    fn deflated(&self) -> &Deflated {
        self.deflated.get_or_init(|| {
            let mut checksum = crc32fast::Hasher::new();
            checksum.update(&self.text);
            Deflated {
                blocks: deflate(&self.text),
                checksum,
            }
        })
    }
}

/// Whole blocks that end on a byte and refer to nothing before them (a sync flush, as pigz does it).
fn deflate(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(text).and_then(|()| encoder.flush());
    std::mem::take(encoder.get_mut())
}

/// The text of all segments, one after another.
#[must_use]
pub(super) fn plain<'s>(segments: impl IntoIterator<Item = &'s Segment> + Clone) -> Vec<u8> {
    let length = segments.clone().into_iter().map(|s| s.text.len()).sum();
    let mut page = Vec::with_capacity(length);
    for segment in segments {
        page.extend_from_slice(&segment.text);
    }
    page
}

/// The same as one gzip member; segments that were compressed before are not compressed again.
#[must_use]
pub(super) fn gzip<'s>(segments: impl IntoIterator<Item = &'s Segment>) -> Vec<u8> {
    let mut page = GZIP_HEADER.to_vec();
    let mut checksum = crc32fast::Hasher::new();
    let mut length = 0_usize;
    for segment in segments {
        let deflated = segment.deflated();
        page.extend_from_slice(&deflated.blocks);
        checksum.combine(&deflated.checksum);
        length = length.wrapping_add(segment.text.len());
    }
    page.extend_from_slice(&LAST_BLOCK);
    page.extend_from_slice(&checksum.finalize().to_le_bytes());
    // The format wants the length modulo 2^32.
    page.extend_from_slice(&(length as u64).to_le_bytes()[..4]);
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn segment(text: &str) -> Segment {
        Segment {
            text: text.as_bytes().to_vec(),
            deflated: OnceLock::new(),
        }
    }

    #[test]
    fn joined_gzip_is_one_member_that_holds_the_plain_page() {
        let long = "aster_position_size{symbol=\"BTCUSDT\"} 1\n".repeat(5000);
        for parts in [
            vec![],
            vec![""],
            vec!["a"],
            vec!["one\n", "", "two\n"],
            vec![&long, "x", &long],
        ] {
            let segments: Vec<Segment> = parts.iter().map(|p| segment(p)).collect();
            let mut unpacked = Vec::new();
            let gzipped = gzip(&segments);
            // GzDecoder reads one member alone, as browsers do.
            let mut decoder = flate2::read::GzDecoder::new(&gzipped[..]);
            decoder.read_to_end(&mut unpacked).expect("valid gzip");
            assert_eq!(unpacked, plain(&segments));
            assert_eq!(unpacked, parts.concat().as_bytes());
        }
    }
}
