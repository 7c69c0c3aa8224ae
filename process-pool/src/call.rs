//! A task and its arguments as bytes, and back in a worker.
//!
//! A worker is a fork of the same program, so it has the same code at the same
//! addresses. A call therefore carries an address: that of a function made for
//! the task, which decodes the arguments, calls the task, and encodes what it
//! returns.

use std::any::Any;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::NonNull;

use process_basic::Target;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a dispatcher sends to its worker.
#[derive(Serialize, Deserialize)]
pub(crate) struct Call<'a> {
    /// The address of an [`Entry`].
    entry: usize,
    #[serde(borrow, with = "serde_bytes")]
    args: &'a [u8],
}

/// What the worker sends back.
#[derive(Serialize, Deserialize)]
pub(crate) enum Answer<'a> {
    Returned(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    Panicked(String),
    /// The arguments cannot be decoded, or the result cannot be encoded.
    Codec(String),
}

/// Decodes arguments, calls the task it was made for, encodes the result.
type Entry = fn(&[u8]) -> Result<Vec<u8>, String>;

/// A [`Call`] as bytes.
pub(crate) struct EncodedCall {
    /// Tells the task from others.
    pub(crate) entry: usize,
    pub(crate) bytes: Vec<u8>,
}

/// Encodes the call of `task` with `args`.
pub(crate) fn encode<F, A, R>(_task: F, args: &A) -> Result<EncodedCall, String>
where
    F: Target<A, Output = R> + Copy + 'static,
    A: Serialize + DeserializeOwned,
    R: Serialize,
{
    const {
        assert!(
            size_of::<F>() == 0,
            "a task must be a plain function: a worker cannot see what a closure has captured, \
             or where a function pointer leads; pass it as an argument"
        );
    }
    let args = postcard::to_stdvec(args)
        .map_err(|error| format!("its arguments cannot be encoded: {error}"))?;
    let entry: Entry = enter::<F, A, R>;
    let entry = entry as usize;
    let call = Call { entry, args: &args };
    let bytes = postcard::to_stdvec(&call).map_err(|error| error.to_string())?;
    Ok(EncodedCall { entry, bytes })
}

/// Runs an encoded call in a worker, and gives the encoded answer and the rest
/// of the bytes.
pub(crate) fn run(calls: &[u8]) -> Result<(Vec<u8>, &[u8]), postcard::Error> {
    let (call, rest) = postcard::take_from_bytes::<Call>(calls)?;
    let entry = entry_at(call.entry);
    // The task's own state is gone with it, whatever its panic left behind.
    let returned = panic::catch_unwind(AssertUnwindSafe(|| entry(call.args)));
    let answer = postcard::to_stdvec(&match &returned {
        Ok(Ok(result)) => Answer::Returned(result),
        Ok(Err(error)) => Answer::Codec(error.clone()),
        Err(payload) => Answer::Panicked(panic_message(payload.as_ref())),
    });
    // To drop what a panic carries may panic again.
    mem::forget(returned.err());
    Ok((answer?, rest))
}

#[expect(unsafe_code, reason = "an address becomes a function again")]
fn entry_at(address: usize) -> Entry {
    // SAFETY: the only place that makes a call is `encode`, which puts the
    // address of a function of this very type into it. Its bytes reach this
    // process through a private channel from the process it was forked from
    // (by way of the fork server), where the program's code has the same
    // addresses, since fork(2) copies the address space and nothing here calls
    // execve(2). (Code that dlopen(3) has loaded since then is not there.)
    unsafe { mem::transmute::<*const (), Entry>(std::ptr::with_exposed_provenance(address)) }
}

/// The [`Entry`] of the task `F`.
fn enter<F, A, R>(args: &[u8]) -> Result<Vec<u8>, String>
where
    F: Target<A, Output = R> + Copy + 'static,
    A: DeserializeOwned,
    R: Serialize,
{
    let args = postcard::from_bytes(args)
        .map_err(|error| format!("its arguments cannot be decoded: {error}"))?;
    let result = zero_sized_value::<F>().call(args);
    postcard::to_stdvec(&result).map_err(|error| format!("its result cannot be encoded: {error}"))
}

/// The value of a type that has just one, such as a function's own.
#[expect(
    unsafe_code,
    reason = "the address of a function does not bring its type's value along"
)]
fn zero_sized_value<F: Copy + 'static>() -> F {
    assert_eq!(size_of::<F>(), 0, "`encode` has made sure of it");
    // SAFETY: a value without size is read from any aligned address, which
    // `dangling` is. The parent has a value of `F`, since `encode` was given
    // one, and as `F` is `Copy` there may be another. For a function, and a
    // closure without captures, it means the same here as there. (A closure may
    // also capture a value without size. One that proves something of the
    // parent's later state would be wrong here, and no type tells it apart.)
    unsafe { NonNull::<F>::dangling().read() }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "with a value that is not text".to_string())
}
