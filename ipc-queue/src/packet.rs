use std::io;
use std::os::unix::net::UnixDatagram;

use ipc_channel::ipc::IpcSharedMemory;
use postcard::ser_flavors::Size;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The largest item, in bytes, that travels in the packet itself.
///
/// ipc-channel would split one of about 200 KiB into several packets, and a
/// writer whose reader dies between two of them waits for ever.
const MAX_INLINE: usize = 64 * 1024;

/// What travels through the channel, each in one piece.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Packet<T> {
    Item(T),
    /// An item that is too large for a packet, encoded, in memory of its own.
    Large(IpcSharedMemory),
    /// The end mark: nothing comes after it.
    End,
}

impl<T> Packet<T>
where
    T: Serialize + DeserializeOwned,
{
    pub(crate) fn new(item: T) -> Result<Packet<T>, Error> {
        let size =
            postcard::serialize_with_flavor(&item, Size::default()).map_err(Error::Encode)?;
        if size <= MAX_INLINE {
            return Ok(Packet::Item(item));
        }
        let bytes = postcard::to_stdvec(&item).map_err(Error::Encode)?;
        // The memory takes one, and panics without.
        check_descriptors()?;
        Ok(Packet::Large(IpcSharedMemory::from_bytes(&bytes)))
    }

    pub(crate) fn into_item(self) -> Result<Option<T>, Error> {
        match self {
            Packet::Item(item) => Ok(Some(item)),
            Packet::Large(bytes) => {
                let item =
                    postcard::from_bytes(&bytes).map_err(|error| Error::Decode(error.into()))?;
                Ok(Some(item))
            }
            Packet::End => Ok(None),
        }
    }
}

/// Fails when this process has no descriptor left.
pub(crate) fn check_descriptors() -> io::Result<()> {
    UnixDatagram::unbound().map(drop)
}
