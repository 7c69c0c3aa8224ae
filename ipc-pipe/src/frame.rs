//! Messages on a stream of bytes: a length, and that many bytes.

use std::any::type_name;
use std::io::{self, Read, Write};
use std::mem;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

type Length = u32;

const HEADER: usize = size_of::<Length>();

/// Writes one message in a single write, by way of `frame`, whose memory serves
/// again for the next.
pub(crate) fn write_frame<M>(
    stream: &mut impl Write,
    message: &M,
    frame: &mut Vec<u8>,
) -> Result<(), Error>
where
    M: Serialize + ?Sized,
{
    frame.clear();
    frame.extend([0; HEADER]);
    *frame = postcard::to_extend(message, mem::take(frame))
        .map_err(|error| Error::Encode(type_name::<M>(), error))?;
    let length = frame.len() - HEADER;
    let header = Length::try_from(length).map_err(|_| Error::TooLong(length))?;
    frame[..HEADER].copy_from_slice(&header.to_le_bytes());
    Ok(stream.write_all(frame)?)
}

/// Reads one message by way of `frame`; `None` when the stream ends before it.
pub(crate) fn read_frame<M>(stream: &mut impl Read, frame: &mut Vec<u8>) -> Result<Option<M>, Error>
where
    M: DeserializeOwned,
{
    read_at_most(stream, HEADER, frame)?;
    if frame.is_empty() {
        return Ok(None);
    }
    let header = frame.first_chunk().ok_or(Error::CutOff)?;
    let length = Length::from_le_bytes(*header) as usize;
    read_at_most(stream, length, frame)?;
    if frame.len() < length {
        return Err(Error::CutOff);
    }
    decode(frame).map(Some)
}

/// Reads `length` bytes, or fewer if the stream ends before. The length is the
/// other side's word, so memory is taken only for bytes that have come.
fn read_at_most(stream: &mut impl Read, length: usize, bytes: &mut Vec<u8>) -> io::Result<usize> {
    bytes.clear();
    stream.take(length as u64).read_to_end(bytes)
}

fn decode<M: DeserializeOwned>(body: &[u8]) -> Result<M, Error> {
    let error = match postcard::take_from_bytes(body) {
        Ok((message, [])) => return Ok(message),
        Ok(_) => postcard::Error::DeserializeBadEncoding,
        Err(error) => error,
    };
    Err(Error::Decode(type_name::<M>(), error))
}
