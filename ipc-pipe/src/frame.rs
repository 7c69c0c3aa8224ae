//! Messages on a stream of bytes: a length, and that many bytes.

use std::io::{self, BufWriter, Read, Write};

use postcard::ser_flavors::{Flavor, Size};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

type Length = u32;

const HEADER: usize = size_of::<Length>();

/// Writes one message: a short one in a single write, a long text without a
/// copy of it.
pub(crate) fn write_frame<M>(stream: &mut impl Write, message: &M) -> Result<(), Error>
where
    M: Serialize + ?Sized,
{
    let length =
        postcard::serialize_with_flavor(message, Size::default()).map_err(Error::Encode)?;
    let header = Length::try_from(length).map_err(|_| Error::TooLong(length))?;
    let mut frame = BufWriter::new(stream);
    frame.write_all(&header.to_le_bytes())?;
    encode(&mut frame, message)?;
    Ok(frame.flush()?)
}

fn encode<M>(stream: &mut impl Write, message: &M) -> Result<(), Error>
where
    M: Serialize + ?Sized,
{
    let mut failure = None;
    let encoder = Encoder {
        stream,
        failure: &mut failure,
    };
    postcard::serialize_with_flavor(message, encoder)
        .map_err(|error| failure.map_or(Error::Encode(error), Error::from))
}

/// Where postcard writes what it encodes.
struct Encoder<'a, W> {
    stream: &'a mut W,
    /// Why a write failed; postcard's own errors cannot tell.
    failure: &'a mut Option<io::Error>,
}

impl<W: Write> Flavor for Encoder<'_, W> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.stream.write_all(bytes).map_err(|error| {
            *self.failure = Some(error);
            postcard::Error::SerializeBufferFull
        })
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Reads one message by way of `body`, whose memory serves again for the next;
/// `None` when the stream ends before it.
pub(crate) fn read_frame<M>(stream: &mut impl Read, body: &mut Vec<u8>) -> Result<Option<M>, Error>
where
    M: DeserializeOwned,
{
    read_at_most(stream, HEADER, body)?;
    if body.is_empty() {
        return Ok(None);
    }
    let header = body.first_chunk().ok_or(Error::CutOff)?;
    let length = Length::from_le_bytes(*header) as usize;
    read_at_most(stream, length, body)?;
    if body.len() < length {
        return Err(Error::CutOff);
    }
    decode(body).map(Some)
}

/// Reads `length` bytes, or fewer if the stream ends before. The length is the
/// other side's word, so memory is taken only for bytes that have come.
fn read_at_most(stream: &mut impl Read, length: usize, bytes: &mut Vec<u8>) -> io::Result<usize> {
    bytes.clear();
    stream.take(length as u64).read_to_end(bytes)
}

fn decode<M: DeserializeOwned>(body: &[u8]) -> Result<M, Error> {
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(Error::Decode(postcard::Error::DeserializeBadEncoding)),
        Err(error) => Err(Error::Decode(error)),
    }
}
