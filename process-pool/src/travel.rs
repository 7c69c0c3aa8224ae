//! What can travel between the program and its workers, as bounds whose errors say
//! what to do.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The arguments of a task: a tuple of at most six [`Value`]s.
#[diagnostic::on_unimplemented(
    message = "the arguments of a task are a tuple, not `{Self}`",
    label = "not a tuple of at most six arguments",
    note = "one argument has a comma: not `(\"test\")` but `(\"test\".to_string(),)`"
)]
pub trait Args: Serialize + DeserializeOwned {}

macro_rules! args {
    ($($Arg:ident)*) => {
        impl<$($Arg: Value),*> Args for ($($Arg,)*) {}
    };
}

args!();
args!(A);
args!(A B);
args!(A B C);
args!(A B C D);
args!(A B C D E);
args!(A B C D E G);

/// What can be an argument of a task: it becomes bytes in the program, and a value
/// again in the worker.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel to a worker",
    label = "an argument of this type cannot become bytes and a value again",
    note = "numbers, `String`, `Vec`, tuples and the like can; on a type of your own, write \
            `#[derive(serde::Serialize, serde::Deserialize)]`",
    note = "a queue, a pipe or a file stays in its process: start a `Process` for it"
)]
pub trait Value: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Value for T {}

/// What a task can return: it becomes bytes in the worker, and a value again in the
/// program.
#[diagnostic::on_unimplemented(
    message = "a task cannot return `{Self}`",
    label = "a result of this type cannot become bytes and a value again",
    note = "an error travels as text: return `Result<…, String>`, with `.map_err(|e| e.to_string())`",
    note = "on a type of your own, write `#[derive(serde::Serialize, serde::Deserialize)]`"
)]
pub trait Returned: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Returned for T {}

/// What a task must be, besides a function: one that captures nothing.
#[diagnostic::on_unimplemented(
    message = "a task cannot capture a variable",
    label = "this closure captures a variable, which a worker cannot see",
    note = "pass it as an argument, and return what changes: all that a task works on travels"
)]
pub trait CapturesNothing: Copy {}

#[diagnostic::do_not_recommend]
impl<F: Copy> CapturesNothing for F {}
