//! A task and its arguments as bytes, and back in a worker.
//!
//! A worker is a fork of the same program, so it has the same code at the same
//! addresses. A call therefore carries an address: that of a function made for
//! the task, which decodes the arguments, calls the task, and encodes what it
//! returns.

use std::any::type_name;
use std::mem;
use std::ptr::NonNull;

use process_basic::Target;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Decodes arguments, calls the task it was made for, encodes the result.
pub(crate) type Entry = fn(&[u8]) -> Result<Vec<u8>, String>;

/// A task with its arguments, ready to travel.
pub(crate) struct Call {
    /// The address of an [`Entry`].
    pub(crate) entry: usize,
    pub(crate) args: Vec<u8>,
}

impl Call {
    /// Encodes the call of a task of the type `F`.
    pub(crate) fn new<F, A, R>(args: &A) -> Result<Call, String>
    where
        F: Target<A, Output = R> + Copy,
        A: Serialize + DeserializeOwned,
        R: Serialize,
    {
        let entry: Entry = enter::<F, A, R>;
        Ok(Call {
            entry: entry as usize,
            args: encode("arguments", args)?,
        })
    }
}

#[expect(unsafe_code, reason = "an address becomes a function again")]
pub(crate) fn entry_at(address: usize) -> Entry {
    // SAFETY: the only place that makes a call is `Call::new`, which puts the
    // address of a function of this very type into it. Its bytes reach this
    // process through a private channel from the program it was forked from
    // (by way of the fork server), where the program's code has the same
    // addresses, since fork(2) copies the address space and nothing here calls
    // execve(2). (`Pool::apply_async` says what dlopen(3) must not do.)
    unsafe { mem::transmute::<*const (), Entry>(std::ptr::with_exposed_provenance(address)) }
}

/// The [`Entry`] of the task `F`.
fn enter<F, A, R>(args: &[u8]) -> Result<Vec<u8>, String>
where
    F: Target<A, Output = R> + Copy,
    A: DeserializeOwned,
    R: Serialize,
{
    let args = decode("arguments", args)?;
    encode("result", &zero_sized_value::<F>().call(args))
}

/// The value of a type that has just one, such as a function's own.
#[expect(
    unsafe_code,
    reason = "the address of a function does not bring its type's value along"
)]
fn zero_sized_value<F: Copy>() -> F {
    assert_eq!(size_of::<F>(), 0, "`apply_async` has made sure of it");
    // SAFETY: a value without size is read from any aligned address, which
    // `dangling` is. The program has a value of `F`, since it gave one to
    // `apply_async`, and as `F` is `Copy` there may be another. For a function,
    // and a closure without captures, it means the same here as there.
    // (`Pool::apply_async` says which captures without size would not.)
    unsafe { NonNull::<F>::dangling().read() }
}

fn encode<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(value).map_err(|error| {
        let type_name = type_name::<T>();
        format!("its {what} of type {type_name} cannot be encoded: {error}")
    })
}

/// Decodes what [`encode`] has encoded, `what` for the error.
pub(crate) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, String> {
    let error = match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => return Ok(value),
        Ok(_) => postcard::Error::DeserializeBadEncoding,
        Err(error) => error,
    };
    let type_name = type_name::<T>();
    Err(format!(
        "its {what} of type {type_name} cannot be decoded: {error}; does a type in it use \
         skip_serializing_if, skip on a variant, flatten, untagged or tag, which postcard cannot decode?"
    ))
}
