use std::fmt::Debug;
use std::io::{self, Write};
use std::process::ExitCode;

/// What a process can run: a function, with its arguments as a tuple.
///
/// Every function and closure of up to six arguments is one. It gives `start`
/// and `apply_async` the shape of Python's `target=…, args=(…)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function that can be called with these arguments",
    label = "not such a function",
    note = "give the function itself, and its arguments (at most six) as a tuple: \
            not `f(\"test\")` but `f, (\"test\",)`"
)]
pub trait Target<Args> {
    /// What the function returns.
    type Output;

    /// Calls the function with the arguments.
    fn call(self, args: Args) -> Self::Output;
}

macro_rules! target {
    ($($arg:ident: $Arg:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<F, R, $($Arg),*> Target<($($Arg,)*)> for F
        where
            F: FnOnce($($Arg),*) -> R,
        {
            type Output = R;

            fn call(self, ($($arg,)*): ($($Arg,)*)) -> R {
                self($($arg),*)
            }
        }
    };
}

target!();
target!(a: A);
target!(a: A, b: B);
target!(a: A, b: B, c: C);
target!(a: A, b: B, c: C, d: D);
target!(a: A, b: B, c: C, d: D, e: E);
target!(a: A, b: B, c: C, d: D, e: E, f: G);

/// What a process may return: what `main` may.
///
/// A value for the parent goes through a queue or a pipe; a task of a pool
/// returns one.
///
/// ```compile_fail
/// use process_basic::Process;
///
/// Process::new(|| 7, ());
/// ```
#[diagnostic::on_unimplemented(
    message = "a process cannot return `{Self}`",
    label = "this returns `{Self}`",
    note = "it may return what `main` may: nothing, an `ExitCode`, or a `Result` of these \
            whose error has `Debug`",
    note = "to hand a value to the parent, use a queue, a pipe, or a pool"
)]
pub trait Outcome {
    /// The exit code. An error is told on stderr.
    fn report(self) -> ExitCode;
}

impl Outcome for () {
    fn report(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

impl Outcome for ExitCode {
    fn report(self) -> ExitCode {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: Outcome, E: Debug> Outcome for Result<T, E> {
    fn report(self) -> ExitCode {
        match self {
            Ok(value) => value.report(),
            Err(error) => {
                // In one write: other children may tell theirs at the same time.
                let told = format!("Error: {error:?}\n");
                let _ = io::stderr().write_all(told.as_bytes());
                ExitCode::FAILURE
            }
        }
    }
}

/// What a function returns. The type `!` can be written only behind `->`, as yet: this
/// takes it from there.
pub trait ReturnType {
    type Type;
}

impl<T> ReturnType for fn() -> T {
    type Type = T;
}

/// Of a function that never returns.
impl Outcome for <fn() -> ! as ReturnType>::Type {
    fn report(self) -> ExitCode {
        self
    }
}
