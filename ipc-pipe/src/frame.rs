//! Messages on a stream of bytes: a length, and that many bytes.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

type Length = u32;

const HEADER: usize = size_of::<Length>();

/// As much is set aside for a frame before any of it has come: the length is
/// the other side's word.
const TRUSTED: usize = 64 * 1024;

/// Writes one message in a single write, so that small ones are never split.
pub(crate) fn write_frame<M>(stream: &mut impl Write, message: &M) -> Result<(), Error>
where
    M: Serialize + ?Sized,
{
    let mut frame = postcard::to_extend(message, vec![0; HEADER]).map_err(Error::Encode)?;
    let length = frame.len() - HEADER;
    let header = Length::try_from(length).map_err(|_| Error::TooLong(length))?;
    frame[..HEADER].copy_from_slice(&header.to_le_bytes());
    Ok(stream.write_all(&frame)?)
}

/// Reads one message; `None` when the stream ends before it.
pub(crate) fn read_frame<M>(stream: &mut impl Read) -> Result<Option<M>, Error>
where
    M: DeserializeOwned,
{
    let header = read_at_most(stream, HEADER)?;
    if header.is_empty() {
        return Ok(None);
    }
    let header = header.try_into().map_err(|_| Error::CutOff)?;
    let length = Length::from_le_bytes(header) as usize;
    let body = read_at_most(stream, length)?;
    if body.len() < length {
        return Err(Error::CutOff);
    }
    decode(&body).map(Some)
}

/// Reads `length` bytes, or fewer if the stream ends before.
fn read_at_most(stream: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length.min(TRUSTED));
    stream.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decode<M: DeserializeOwned>(body: &[u8]) -> Result<M, Error> {
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(Error::Decode(postcard::Error::DeserializeBadEncoding)),
        Err(error) => Err(Error::Decode(error)),
    }
}
