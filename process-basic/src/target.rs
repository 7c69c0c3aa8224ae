/// What a process can run: a function, with its arguments as a tuple.
///
/// Every function and closure of up to six arguments is one. It gives `start`
/// and `apply_async` the shape of Python's `target=…, args=(…)`.
pub trait Target<Args> {
    /// What the function returns.
    type Output;

    /// Calls the function with the arguments.
    fn call(self, args: Args) -> Self::Output;
}

macro_rules! target {
    ($($arg:ident: $Arg:ident),*) => {
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
