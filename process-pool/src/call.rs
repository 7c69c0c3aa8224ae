//! A task and its arguments as bytes, and back in a worker.
//!
//! A worker is a fork of the same program, so it has the same code at the same
//! addresses. A call therefore carries an address: that of a function made for
//! the task, which decodes the arguments, calls the task, and encodes what it
//! returns.

use std::any::type_name;
use std::mem;
use std::ptr::{self, NonNull};

use process_basic::Target;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Decodes arguments, calls the task it was made for, encodes the result.
type Entry = fn(&[u8]) -> Result<Vec<u8>, String>;

/// Encodes a call of the task `F`: the address of its [`Entry`], and then the arguments.
pub(crate) fn encode_call<F, A, R>(args: &A) -> Result<Vec<u8>, String>
where
    F: Target<A, Output = R> + Copy,
    A: Serialize + DeserializeOwned,
    R: Serialize,
{
    let entry: Entry = enter::<F, A, R>;
    let address = (entry as usize).to_ne_bytes();
    Ok([&address[..], &encode("arguments", args)?].concat())
}

/// Runs an encoded call, and gives the encoded result.
#[expect(unsafe_code, reason = "an address becomes a function again")]
pub(crate) fn run_call(call: &[u8]) -> Result<Vec<u8>, String> {
    let Some((address, args)) = call.split_first_chunk() else {
        unreachable!("a call begins with an address")
    };
    let address = ptr::with_exposed_provenance(usize::from_ne_bytes(*address));
    // SAFETY: the only function that makes a call is `encode_call`, which begins it with
    // the address of a function of this very type. Its bytes reach this
    // process through a private channel from the program it was forked from
    // (by way of the fork server), where the program's code has the same
    // addresses, since fork(2) copies the address space and nothing here calls
    // execve(2). (`Pool::apply_async` says what dlopen(3) must not do.)
    let entry = unsafe { mem::transmute::<*const (), Entry>(address) };
    entry(args)
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
